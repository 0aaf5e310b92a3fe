"""The commands of `tuimail account`, one file each."""
