"""Pages of HTML as styled lines: nothing is loaded, nothing is run, and no page takes longer than its length allows.

    source ──prune──► guard ──► lexbor ──► tokens ──► walk ──► cells, rows, tables ──► lines
                        └─(a bomb)──► stripper ───────────────────────────────────────► lines, and a note

`render` is the way in; `tuimail.mime.worker` takes it in a process that can be ended. Colours are not taken over at
all: text that was dark on dark, or white on white, is read like any other.
"""
