"""Keys for people who know mutt: t tags, s saves, C copies, F flags, N is unseen, $ syncs, c changes the mailbox.

    tab       the next unseen message, so panes change with F6 (or 1, 2, 3)
    ;         what is done to marks, where * is the last message
    O         the order the other way round; o and a letter choose one
    q         from a message back to the list, from there it quits

m, r and f, which write mail there, are left to that; g and a letter goes to a mailbox.
"""

from __future__ import annotations

KEYS = {
    "cursor.top": "equals_sign,home",
    "cursor.bottom": "asterisk,end",
    "cursor.page_down": "z,pagedown",
    "cursor.page_up": "Z,pageup",
    "cursor.half_down": "right_square_bracket,ctrl+d",
    "cursor.half_up": "left_square_bracket,ctrl+u",
    "text.down": "enter,down",
    "text.up": "backspace,up",
    "text.page_down": "space,pagedown",
    "text.page_up": "minus,pageup",
    "text.half_down": "right_square_bracket,ctrl+d",
    "text.half_up": "left_square_bracket,ctrl+u",
    "text.top": "circumflex_accent,home",
    "text.bottom": "end",
    "message.open": "enter,space",
    "message.next_unseen": "tab",
    "message.previous_unseen": "shift+tab",
    "pane.next": "f6,ctrl+w",
    "pane.previous": "shift+f6",
    "pane.messages": "2,alt+2,i",
    "message.move": "s",
    "message.copy": "C",
    "message.flag": "F",
    "message.seen": "N",
    "message.junk": "exclamation_mark,J",
    "message.snooze": "S",
    "message.unsubscribe": "w u",
    "message.pictures": "alt+i",
    "attachment.list": "alt+o",
    "attachment.save": "alt+s",
    "mark.toggle": "t",
    "mark.range": "V",
    "mark.all": "; a",
    "mark.none": "; n,ctrl+t",
    "mark.invert": "; i",
    "mark.thread": "; t",
    "mark.sender": "; f",
    "mark.unseen": "; u",
    "mark.search": "T",
    "thread.toggle": "o t",
    "thread.fold": "alt+v,left",
    "order.reverse": "O,o r",
    "go.mailbox": "c,g m",
    "search.open": "slash,l",
    "message.links": "ctrl+b",
    "text.next_match": "n,f3",
    "text.previous_match": "shift+f3",
    "mail.refresh": "dollar_sign,G,f5,ctrl+r",
    "view.themes": "w l",
    "app.quit": "x,ctrl+q",
}
"""By the command's name: its keys, written as in declarations. The other commands have those of the default preset."""
