"""The app in a browser on this machine: a page with a terminal, and behind it a process of the app for each tab."""
