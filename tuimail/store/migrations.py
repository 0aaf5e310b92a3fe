"""The schema of both files, as the list of steps that lead to it; step n takes the schema from version n to n + 1.

    mail.db     accounts ─< mailboxes ─< messages ─< intents >─ changes ─< undo_items
                                             ├─ thread_refs
                                             └─ ledger
                                             └─ part_wants
    bodies.db   chunks (octets of bodies), parts ─< part_chunks (of messages that are here in part)

In `messages` every fact of the server stands twice: the base (`base_…`, `uid`, `mod_seq`: what the server last
said) and the view (`mailbox_id`, `flags`, `keywords`: the base with the pending intents laid over it). Screens and
commands read the view alone. Counters and revisions are kept by triggers, so that no writer can forget them.
"""

from __future__ import annotations

MAIL = (
    """
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        protocol TEXT NOT NULL DEFAULT 'imap',   -- imap; pop3: the store alone has its mailboxes
        state TEXT NOT NULL DEFAULT 'offline',   -- offline, connecting, syncing, idle, failed, paused
        activity TEXT NOT NULL DEFAULT '',       -- what the engine is doing, for people
        done INTEGER NOT NULL DEFAULT 0,         -- progress of the activity, in messages
        todo INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '',          -- the last error, for people; '' after a pass that worked
        state_at INTEGER NOT NULL DEFAULT 0,
        synced_at INTEGER,                       -- end of the last complete pass
        namespace_prefix TEXT NOT NULL DEFAULT '',
        passes_asked INTEGER NOT NULL DEFAULT 0,     -- how often another process asked the engine for a pass
        passes_answered INTEGER NOT NULL DEFAULT 0,  -- up to which of them passes have ended
        quirks TEXT NOT NULL DEFAULT '',         -- JSON: what the server offers and fails at (see `store.quirks`)
        namespaces TEXT NOT NULL DEFAULT '',     -- JSON: prefixes of other users' and of shared mailboxes
        revision INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE mailboxes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        name TEXT NOT NULL,                      -- view: decoded, with renames applied that the server does not know
        server_name TEXT,                        -- base: what the server calls it; NULL: it has none such
        delimiter TEXT NOT NULL DEFAULT '',
        attributes TEXT NOT NULL DEFAULT '',     -- separated by spaces
        special_use TEXT,
        subscribed INTEGER NOT NULL DEFAULT 0,   -- view
        server_subscribed INTEGER NOT NULL DEFAULT 0,
        gone INTEGER NOT NULL DEFAULT 0,         -- view: deleted, or never made; kept for undo
        selectable INTEGER NOT NULL DEFAULT 1,
        server_id TEXT NOT NULL DEFAULT '',      -- MAILBOXID (RFC 8474); stays when the mailbox is renamed
        on_server INTEGER GENERATED ALWAYS AS (server_name IS NOT NULL) VIRTUAL,
        uid_validity INTEGER,
        uid_next INTEGER,
        highest_mod_seq INTEGER,
        server_total INTEGER,
        first_uid INTEGER,                       -- messages from this UID on are listed here; 1 once all are
        newest_message INTEGER NOT NULL DEFAULT 0,   -- of all messages, when the server last had it as it is here
        synced_at INTEGER,
        total INTEGER NOT NULL DEFAULT 0,
        unseen INTEGER NOT NULL DEFAULT 0,
        revision INTEGER NOT NULL DEFAULT 0,
        UNIQUE (account_id, server_name)
    ) STRICT;
    CREATE INDEX mailboxes_by_name ON mailboxes (account_id, name);

    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,    -- never reused: bodies and intents refer to it
        account_id INTEGER NOT NULL REFERENCES accounts(id),
        mailbox_id INTEGER REFERENCES mailboxes(id),                     -- view; NULL: not shown
        flags INTEGER NOT NULL,
        keywords TEXT NOT NULL DEFAULT '',
        base_mailbox_id INTEGER REFERENCES mailboxes(id),
        uid INTEGER,                             -- NULL: there, but its UID is not known (yet)
        base_flags INTEGER NOT NULL,
        base_keywords TEXT NOT NULL DEFAULT '',
        mod_seq INTEGER,
        date INTEGER NOT NULL,                   -- the order of lists
        internal_date INTEGER NOT NULL,
        size_octets INTEGER NOT NULL,
        subject TEXT NOT NULL,
        from_label TEXT NOT NULL,
        to_label TEXT NOT NULL,
        envelope BLOB NOT NULL,
        message_id TEXT NOT NULL,
        email_id TEXT NOT NULL DEFAULT '',       -- EMAILID (RFC 8474); the same in every mailbox
        thread_id INTEGER NOT NULL DEFAULT 0,
        subject_key INTEGER,                     -- month and hash of the base of the subject; see `store.threads`
        lone_reply INTEGER NOT NULL DEFAULT 0,   -- an answer that names no message and has not found one yet
        has_attachments INTEGER NOT NULL DEFAULT 0,
        snippet TEXT NOT NULL DEFAULT '',
        body INTEGER NOT NULL DEFAULT 0,
        body_id INTEGER,                         -- the chunks in bodies.db; a copy shares its original's
        pending INTEGER NOT NULL DEFAULT 0,      -- open intents
        hidden INTEGER NOT NULL DEFAULT 0,       -- deleted here; the server has no UID EXPUNGE to do it there
        missing_at INTEGER,                      -- the server has it there no more; not yet removed here
        vanished_at INTEGER,                     -- gone from the server, kept for a while
        last_mailbox TEXT NOT NULL DEFAULT ''    -- the name of the mailbox that it vanished from
    ) STRICT;
    CREATE UNIQUE INDEX messages_by_uid ON messages (base_mailbox_id, uid) WHERE uid IS NOT NULL;
    -- The order of messages, and with it that of threads: see `store.thread_list`.
    CREATE INDEX messages_by_date ON messages (mailbox_id, date DESC, id DESC, thread_id) WHERE mailbox_id IS NOT NULL;
    CREATE INDEX messages_by_message_id ON messages (message_id);
    CREATE INDEX messages_by_email_id ON messages (email_id) WHERE email_id <> '';
    CREATE INDEX messages_by_base ON messages (base_mailbox_id) WHERE uid IS NULL;
    CREATE INDEX messages_vanished ON messages (vanished_at) WHERE vanished_at IS NOT NULL;
    CREATE INDEX messages_missing ON messages (missing_at) WHERE missing_at IS NOT NULL;
    CREATE INDEX messages_by_thread ON messages (thread_id, date DESC, id DESC, mailbox_id);
    CREATE INDEX messages_by_subject ON messages (subject_key, date DESC) WHERE subject_key IS NOT NULL;
    CREATE INDEX messages_lone ON messages (subject_key, date DESC) WHERE lone_reply = 1;
    CREATE INDEX messages_unbound ON messages (account_id) WHERE uid IS NULL;
    CREATE INDEX messages_without_body ON messages (account_id, date DESC) WHERE body < 2 AND uid IS NOT NULL;
    CREATE INDEX messages_by_body ON messages (body_id) WHERE body_id IS NOT NULL;

    CREATE TRIGGER messages_added AFTER INSERT ON messages WHEN new.mailbox_id IS NOT NULL BEGIN
        UPDATE mailboxes SET total = total + 1, unseen = unseen + ((new.flags & 1) = 0), revision = revision + 1
        WHERE id = new.mailbox_id;
    END;
    CREATE TRIGGER messages_removed AFTER DELETE ON messages WHEN old.mailbox_id IS NOT NULL BEGIN
        UPDATE mailboxes SET total = total - 1, unseen = unseen - ((old.flags & 1) = 0), revision = revision + 1
        WHERE id = old.mailbox_id;
    END;
    CREATE TRIGGER messages_changed AFTER UPDATE OF mailbox_id, flags, keywords, pending ON messages BEGIN
        UPDATE mailboxes SET total = total - 1, unseen = unseen - ((old.flags & 1) = 0), revision = revision + 1
        WHERE id = old.mailbox_id;
        UPDATE mailboxes SET total = total + 1, unseen = unseen + ((new.flags & 1) = 0), revision = revision + 1
        WHERE id = new.mailbox_id;
    END;

    CREATE TABLE ledger (                        -- POP3: what was downloaded; see `store.ledger`
        account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        uidl TEXT NOT NULL,                      -- what the message is known by; never its number
        copy INTEGER NOT NULL,                   -- 0; 1 and up: other messages that the server calls the same
        message_id INTEGER NOT NULL,
        digest BLOB NOT NULL,                    -- of its octets
        listed_octets INTEGER NOT NULL,          -- its size as LIST has it
        first_seen_at INTEGER NOT NULL,
        unwanted INTEGER NOT NULL DEFAULT 0,     -- deleted here: to be deleted there
        in_doubt INTEGER NOT NULL DEFAULT 0,     -- DELE was sent, and nobody knows how that session ended
        gone_at INTEGER,                         -- the server has it no more
        PRIMARY KEY (account_id, uidl, copy)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX ledger_by_message ON ledger (message_id);
    CREATE TABLE broken_fetches (                -- POP3: messages at which the connection broke; see `store.ledger`
        account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        uidl TEXT NOT NULL,
        broke_at INTEGER NOT NULL,               -- when it did last
        title TEXT NOT NULL DEFAULT '',          -- sender and subject, for people; '' while they are not known
        PRIMARY KEY (account_id, uidl)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE dropped_bodies (
        body_id INTEGER PRIMARY KEY              -- in bodies.db, and no message points to it any more
    ) STRICT;

    CREATE TABLE thread_refs (
        ref INTEGER PRIMARY KEY,                 -- hash of account and Message-ID
        thread_id INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX thread_refs_by_thread ON thread_refs (thread_id);
    CREATE TABLE muted_threads (
        thread_id INTEGER PRIMARY KEY
    ) STRICT;

    CREATE TABLE contacts (                      -- people in envelopes; see `store.contacts`
        address_key TEXT PRIMARY KEY,            -- the address, without case
        address TEXT NOT NULL,                   -- as it was written last
        name TEXT NOT NULL,                      -- the newest there is
        name_at INTEGER,                         -- of which time; NULL: there is none
        received INTEGER NOT NULL,               -- messages from them
        sent INTEGER NOT NULL,                   -- messages to them
        last_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE contact_progress (              -- one row, once there is any
        done INTEGER NOT NULL,                   -- messages up to this id are counted
        ceiling INTEGER NOT NULL,                -- and these are to be
        ceiling_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        kind TEXT NOT NULL DEFAULT 'done',       -- done, undo, redo; aside: nothing that undo is about
        undone_at INTEGER                        -- when it was taken back; of an undo: when it was redone
    ) STRICT;
    CREATE TABLE undo_items (
        id INTEGER PRIMARY KEY,
        change_id INTEGER NOT NULL REFERENCES changes(id) ON DELETE CASCADE,
        message_id INTEGER,                      -- NULL: about the mailbox
        action TEXT NOT NULL,                    -- see `store.reverting` and `mailbox_changes.revert`
        argument TEXT NOT NULL DEFAULT '',
        mailbox_id INTEGER
    ) STRICT;
    CREATE INDEX undo_items_by_change ON undo_items (change_id);
    CREATE INDEX undo_items_by_message ON undo_items (message_id);

    CREATE TABLE snoozes (                       -- held in a mailbox until a time; see `store.snoozes`
        message_id INTEGER PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
        until INTEGER NOT NULL,
        home_mailbox_id INTEGER,                 -- where it was, and goes back to
        held_mailbox_id INTEGER                  -- where it is meanwhile
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX snoozes_by_time ON snoozes (until);
    CREATE TABLE woken (                         -- came back by itself: news, although the message is not new
        id INTEGER PRIMARY KEY AUTOINCREMENT,    -- only grows: whoever tells of news looks from the last one on
        message_id INTEGER NOT NULL UNIQUE REFERENCES messages(id) ON DELETE CASCADE,
        woken_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE rule_actions (                  -- what rules have done, by their name; see `store.rules`
        name TEXT PRIMARY KEY,
        acted INTEGER NOT NULL,                  -- on how many messages
        filed INTEGER NOT NULL,                  -- of these, on their arrival
        last_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rule_edits (                    -- undo of a rule: what rules.toml is to say, not written there yet
        name TEXT PRIMARY KEY,
        text TEXT NOT NULL                       -- the rule as TOML; '': it is to be taken out
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE intents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        op INTEGER NOT NULL,
        change_id INTEGER NOT NULL REFERENCES changes(id) ON DELETE CASCADE,
        account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
        kind TEXT NOT NULL,                      -- see `journal.IntentKind`
        message_id INTEGER,
        copy_id INTEGER,                         -- copy, append: stands for the new message until it has a UID;
                                                 -- append from another account: `message_id` is the one there
        mailbox_id INTEGER,
        target_id INTEGER,
        argument TEXT NOT NULL DEFAULT '',
        newest_message INTEGER NOT NULL,         -- the newest message id when the intent was made
        state TEXT NOT NULL DEFAULT 'waiting',   -- waiting, sent, failed, held
        attempts INTEGER NOT NULL DEFAULT 0,
        last_reply TEXT NOT NULL DEFAULT '',
        created_at INTEGER NOT NULL,
        next_try_at INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX intents_by_message ON intents (message_id, id);
    CREATE INDEX intents_by_copy ON intents (copy_id) WHERE copy_id IS NOT NULL;
    CREATE INDEX intents_crossing ON intents (message_id) WHERE kind = 'append' AND message_id IS NOT NULL;
    CREATE INDEX intents_creating ON intents (mailbox_id) WHERE kind = 'create_mailbox';
    CREATE INDEX intents_by_account ON intents (account_id, id);

    CREATE TRIGGER intents_added AFTER INSERT ON intents WHEN new.state <> 'failed' BEGIN
        UPDATE messages SET pending = pending + 1 WHERE id IN (new.message_id, new.copy_id);
    END;
    CREATE TRIGGER intents_removed AFTER DELETE ON intents WHEN old.state <> 'failed' BEGIN
        UPDATE messages SET pending = pending - 1 WHERE id IN (old.message_id, old.copy_id);
    END;
    CREATE TRIGGER intents_failed AFTER UPDATE OF state ON intents
    WHEN (old.state = 'failed') <> (new.state = 'failed') BEGIN
        UPDATE messages SET pending = pending + CASE new.state WHEN 'failed' THEN -1 ELSE 1 END
        WHERE id IN (new.message_id, new.copy_id);
    END;
    """,
    """
    CREATE TABLE part_wants (                    -- parts that somebody waits for; see `store.part_wants`
        message_id INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
        section TEXT NOT NULL,                   -- as FETCH names it; '': all of the message
        asked_at INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,        -- how often its fetch was begun
        steps INTEGER NOT NULL DEFAULT 0,        -- grows as it gets on: a row that stays as it is tells no screen
        problem TEXT NOT NULL DEFAULT '',        -- why it did not come, for people
        PRIMARY KEY (message_id, section)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE picture_senders (               -- their pictures are loaded without a question
        address_key TEXT PRIMARY KEY,            -- the address, without case
        allowed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)

BODIES = (
    """
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY,                  -- body id * 65536 + number of the chunk
        octets BLOB NOT NULL                     -- one zstd frame
    ) STRICT;
    """,
    """
    CREATE TABLE parts (                         -- of messages that are here in part; see `store.parts`
        id INTEGER PRIMARY KEY AUTOINCREMENT,    -- never reused: what is left of an interrupted fetch counts for none
        body_id INTEGER NOT NULL,
        section TEXT NOT NULL,                   -- as FETCH names it; '': the message without these parts
        size_octets INTEGER NOT NULL,
        is_here INTEGER NOT NULL,                -- all its pieces are
        UNIQUE (body_id, section)
    ) STRICT;
    CREATE TABLE part_chunks (
        id INTEGER PRIMARY KEY,                  -- part id * 65536 + number of the piece
        octets BLOB NOT NULL                     -- one zstd frame
    ) STRICT;
    """,
)
