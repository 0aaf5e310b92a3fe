"""Keys for people who know vim: sequences of one letter twice, half pages, h and l between panes, digits are counts.

z         what the view does (z z middle, z o and z c folds); snooze is z s
] and [   the next and the previous message while one reads; j and k scroll the text there
"""

from __future__ import annotations

KEYS = {
    "cursor.top": "g g,home",
    "cursor.bottom": "G,end",
    "cursor.page_down": "ctrl+f,pagedown",
    "cursor.page_up": "ctrl+b,pageup",
    "cursor.center": "z z",
    "text.down": "j,down,ctrl+e,enter",
    "text.up": "k,up,ctrl+y",
    "text.page_down": "ctrl+f,space,pagedown",
    "text.page_up": "ctrl+b,backspace,pageup",
    "text.top": "g g,home",
    "text.bottom": "G,end",
    "message.next": "right_square_bracket",
    "message.previous": "left_square_bracket",
    "message.next_unseen": "n",
    "message.previous_unseen": "N,p",
    "pane.mailboxes": "alt+1",
    "pane.messages": "alt+2",
    "pane.preview": "alt+3",
    "pane.next": "l,tab,ctrl+w l,ctrl+w w",
    "pane.previous": "h,shift+tab,ctrl+w h",
    "message.links": "g x",
    "text.previous_match": "shift+f3",
    "mailbox.fold": "z a,space,left,right",
    "mailbox.delete": "d d,delete",
    "message.delete": "d d,delete",
    "message.snooze": "z s",
    "mark.range": "V,v",
    "thread.unfold": "z o,right",
    "thread.fold": "z c,left",
    "change.redo": "ctrl+r,U",
    "mail.refresh": "f5",
    "view.palette": "colon,ctrl+p",
    "message.unsubscribe": "Z U",
    "app.quit": "Z Z,ctrl+q",
}
"""By the command's name: its keys, written as in declarations. The other commands have those of the default preset."""
