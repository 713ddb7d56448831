/*
 * One seat, its tokens, and who may hold it: what docs/model.md explains.
 *
 * The owner has two tabs that share what the browser stores (one token); a stranger has a phone of their own; a thief has a
 * copy of the owner's first token. The server decides in memory, ahead of the disk; a commit makes all decisions so far
 * true, a failed one takes them all back, a crash forgets what was not committed. Connections break, on one side first; what
 * was on its way is lost or not. Every action is one atomic step, in any order.
 *
 * A refused client asks again only when the server has had the time to notice what it notices by itself.
 *
 * Rules of the code that are repeated here: Tokens::create_token, rotate_token, confirm_token and validate_token
 * (src/holdfast/seats/tokens.cpp), House::State::resume, sit_down, turn_away, vacate (house_seats.cpp),
 * preserve_sessions_at_start (house.cpp), roll_back_from (house_undo.cpp), synchronise_with_store (house_tokens.cpp).
 *
 * MUTANT_... breaks a rule on purpose; models/check shows that each is found.
 */

#ifndef CONNECTIONS
#define CONNECTIONS 4   /* made in all, 5 at most */
#endif
#ifndef FAULTS
#define FAULTS 2        /* broken links, failed commits, crashes in all */
#endif

#define VACANT 0
#define SEATED 1
#define AWAY 2

#define NOBODY 0
#define OWNER 1
#define STRANGER 2
#define THIEF 3

#define TABS 4          /* 0 and 1 are the owner's, 2 is the stranger's, 3 the thief's */
#define IDS 6           /* connection ids: 1 to CONNECTIONS; 0 is none */

/* what a client has asked */
#define JOIN 1
#define RESUME 2
#define CONFIRM 3
#define LEAVE 4
/* what the server says */
#define TOKEN 1
#define GONE 2          /* taken over */
#define REFUSED 3

/* ---- the server's memory, and the disk */
byte state = VACANT, rotation = 0, person = NOBODY;
bool previous_good = false;
byte holder = 0;                 /* the connection that holds the seat */
byte disk_state = VACANT, disk_rotation = 0, disk_person = NOBODY;
bool disk_previous_good = false;
byte holder_at_commit = 0;
bool ahead = false;              /* memory has decisions that the disk has not */

/* ---- connections */
byte made = 0;
byte tab_of[IDS];
bool server_has[IDS];            /* the server takes it for open */
bool link_up[IDS];
byte asked[IDS], asked_token[IDS];
byte waits[IDS], waits_token[IDS];      /* said, but not before the commit */
byte sent[IDS], sent_token[IDS];        /* on its way */

/* ---- clients */
byte connection[TABS];           /* 0: none */
bool stopped[TABS];              /* told that the seat is elsewhere; tries no more by itself */
byte stored = 0;                 /* the owner's token, in the storage that the tabs share */

/* ---- for the properties alone */
byte faults = FAULTS;
bool freed = false;              /* the owner has left, or the host or the deadline freed the seat */
bool freed_on_disk = false;
byte known = 0;                  /* the newest token that the owner has confirmed, as far as the disk knows */
byte known_ahead = 0;
bool others_seat = false;
bool calm = false;               /* no more faults, and nobody frees the seat */

#define PERSON(tab) (tab < 2 -> OWNER : (tab == 2 -> STRANGER : THIEF))

inline tell(id, what, token) {
#ifdef MUTANT_TOLD_BEFORE_THE_COMMIT
    sent[id] = what; sent_token[id] = token;
#else
    waits[id] = what; waits_token[id] = token; ahead = true;
#endif
}

inline take_over(id) {
    if
    :: holder != 0 && holder != id -> tell(holder, GONE, 0)
    :: else
    fi;
    holder = id; state = SEATED; ahead = true
}

/* A token of that number is shown: may it in, and is it the newest? */
#ifdef MUTANT_OLD_TOKENS_STAY_GOOD
#define GOOD(t) (state != VACANT && t != 0 && t <= rotation)
#else
#define GOOD(t) (state != VACANT && t != 0 && (t == rotation || (previous_good && t + 1 == rotation)))
#endif

inline vacate() {
    state = VACANT; person = NOBODY; previous_good = false; holder = 0; freed = true; ahead = true
}

inline rotate() {
    if
    :: !previous_good -> rotation++;
#ifdef MUTANT_THE_TOKEN_BEFORE_ENDS_AT_ONCE
        skip
#else
        previous_good = true
#endif
    :: else
    fi
}

inline resume(id, t) {
    if
    :: GOOD(t) ->
        assert(t >= known_ahead);   /* older than what the owner is known to have: retired */
        if
        :: t == rotation -> previous_good = false;
            if
            :: t > known_ahead && PERSON(tab_of[id]) == OWNER -> known_ahead = t
            :: else
            fi
        :: else
        fi;
        rotate();
        take_over(id);
        tell(id, TOKEN, rotation)
    :: else -> tell(id, REFUSED, 0)
    fi
}

inline join(id) {
    if
    :: state == VACANT && !freed ->
        person = PERSON(tab_of[id]); rotation++; previous_good = false;
        take_over(id);
        tell(id, TOKEN, rotation)
    /* the device that holds the seat, known by its cookie, comes back without a token */
    :: state == AWAY && person == OWNER && PERSON(tab_of[id]) == OWNER ->
        rotate();
        take_over(id);
        tell(id, TOKEN, rotation)
#ifdef MUTANT_A_HELD_SEAT_COUNTS_AS_FREE
    :: state == AWAY && person != PERSON(tab_of[id]) ->
        person = PERSON(tab_of[id]); rotation++; previous_good = false;
        take_over(id);
        tell(id, TOKEN, rotation)
#endif
    :: else -> tell(id, REFUSED, 0)
    fi
}

inline serve(id) {
    if
    :: asked[id] == JOIN -> join(id)
    :: asked[id] == RESUME -> resume(id, asked_token[id])
    :: asked[id] == CONFIRM ->
        if
        :: holder == id && asked_token[id] == rotation && previous_good ->
            previous_good = false; ahead = true;
            if
            :: PERSON(tab_of[id]) == OWNER -> known_ahead = rotation
            :: else
            fi
        :: else
        fi
    :: asked[id] == LEAVE ->
        if
        :: holder == id -> vacate()
        :: else          /* an older connection: refused */
        fi
    fi;
    asked[id] = 0; asked_token[id] = 0
}

/* The server notices that a connection has ended. */
inline notice(id) {
    server_has[id] = false; asked[id] = 0; asked_token[id] = 0;
    others_seat = (holder != id && state == SEATED);
    if
#ifdef MUTANT_A_LATE_CLOSE_COUNTS
    :: state == SEATED ->
#else
    :: holder == id ->
#endif
#ifdef MUTANT_A_LOST_CONNECTION_FREES_THE_SEAT
        state = VACANT; person = NOBODY; previous_good = false;
#else
        state = AWAY;
#endif
        holder = 0; ahead = true
    :: else
    fi;
    assert(!others_seat || state == SEATED);    /* what comes from an older epoch cannot touch the seat */
    others_seat = false
}

inline commit() {
    disk_state = state; disk_rotation = rotation; disk_previous_good = previous_good; disk_person = person;
    holder_at_commit = holder; known = known_ahead; freed_on_disk = freed; ahead = false;
    each = 1;
    do
    :: each <= CONNECTIONS ->
        if
        :: waits[each] != 0 -> sent[each] = waits[each]; sent_token[each] = waits_token[each]
        :: else
        fi;
        waits[each] = 0; waits_token[each] = 0; each++
    :: else -> break
    od;
    each = 0
}

inline back_to_the_disk() {
#ifndef MUTANT_A_FAILED_COMMIT_IS_NOT_TAKEN_BACK
    state = disk_state; rotation = disk_rotation; previous_good = disk_previous_good; person = disk_person;
    holder = holder_at_commit; known_ahead = known; freed = freed_on_disk;
#endif
    ahead = false;
    each = 1;
    do
    :: each <= CONNECTIONS -> waits[each] = 0; waits_token[each] = 0; each++
    :: else -> break
    od;
    each = 0
}

inline crash() {
    state = disk_state; rotation = disk_rotation; previous_good = disk_previous_good; person = disk_person;
    known_ahead = known; freed = freed_on_disk; ahead = false; holder = 0; holder_at_commit = 0;
    each = 1;
    do
    :: each <= CONNECTIONS ->
        server_has[each] = false; link_up[each] = false; asked[each] = 0; asked_token[each] = 0;
        waits[each] = 0; waits_token[each] = 0; sent[each] = 0; sent_token[each] = 0; each++
    :: else -> break
    od;
    each = 0;
    connection[0] = 0; connection[1] = 0; connection[2] = 0; connection[3] = 0;
    /* The start keeps every session: who was connected is away now, and that is committed before anything else. */
    if
#ifdef MUTANT_THE_START_THROWS_SESSIONS_AWAY
    :: state == SEATED -> state = VACANT; person = NOBODY
#else
    :: state == SEATED -> state = AWAY
#endif
    :: else
    fi;
    disk_state = state; disk_person = person
}

inline connect(which) {
    made++; connection[which] = made; tab_of[made] = which; server_has[made] = true; link_up[made] = true
}
#define CAN_CONNECT(tab) (made < CONNECTIONS && connection[tab] == 0)

#define IDLE(tab) (connection[tab] != 0 && link_up[connection[tab]] && asked[connection[tab]] == 0 && \
                   waits[connection[tab]] == 0 && sent[connection[tab]] == 0)
/* The owner's tab that sits, as far as the server knows. */
/* Nothing that the server is about to notice by itself: a refused client waits longer than that before it asks again. */
#define ALL_NOTICED (!(state == SEATED && holder != 0 && !server_has[holder]) && \
                     !(server_has[1] && !link_up[1]) && !(server_has[2] && !link_up[2]) && \
                     !(server_has[3] && !link_up[3]) && !(server_has[4] && !link_up[4]))
#define SITS(tab) (connection[tab] != 0 && holder == connection[tab])
#define OWNER_SITS ((SITS(0) || SITS(1)) && !ahead && disk_state == SEATED)

active proctype world() {
    byte each = 0, tab = 0, id = 0;
    goto look;
act:
    do
    :: atomic { calm == false && faults == 0 -> calm = true; goto look }

    /* ---- clients */
    :: atomic { CAN_CONNECT(0) && !stopped[0] -> connect(0); goto look }
    :: atomic { CAN_CONNECT(1) && !stopped[1] && !calm -> connect(1); goto look }
    :: atomic { CAN_CONNECT(2) && !calm -> connect(2); goto look }
    :: atomic { CAN_CONNECT(3) && !calm && known > 1 -> connect(3); goto look }
    :: atomic { IDLE(0) && !SITS(0) && !stopped[0] && !freed && (!calm || ALL_NOTICED) -> id = connection[0];
        asked[id] = (stored != 0 -> RESUME : JOIN); asked_token[id] = stored; id = 0; goto look }
    :: atomic { IDLE(1) && !SITS(1) && !stopped[1] && stored != 0 && (!calm || ALL_NOTICED) -> id = connection[1];
        asked[id] = RESUME; asked_token[id] = stored; id = 0; goto look }
    :: atomic { IDLE(2) && !calm && rotation > 0 -> asked[connection[2]] = JOIN; goto look }
    :: atomic { IDLE(3) && !calm -> id = connection[3]; asked[id] = RESUME; asked_token[id] = 1; id = 0; goto look }
    :: atomic { !calm && IDLE(0) && SITS(0) && made == CONNECTIONS -> asked[connection[0]] = LEAVE; goto look }

    /* ---- a client hears what the server sent */
    :: atomic { connection[0] != 0 && sent[connection[0]] != 0 -> tab = 0; goto hear }
    :: atomic { connection[1] != 0 && sent[connection[1]] != 0 -> tab = 1; goto hear }
    :: atomic { connection[2] != 0 && sent[connection[2]] != 0 -> tab = 2; goto hear }
    :: atomic { connection[3] != 0 && sent[connection[3]] != 0 -> tab = 3; goto hear }

    /* ---- the server */
    :: atomic { server_has[1] && asked[1] != 0 -> serve(1); goto look }
    :: atomic { server_has[2] && asked[2] != 0 -> serve(2); goto look }
    :: atomic { server_has[3] && asked[3] != 0 -> serve(3); goto look }
    :: atomic { server_has[4] && asked[4] != 0 -> serve(4); goto look }
    :: atomic { server_has[5] && asked[5] != 0 -> serve(5); goto look }
    :: atomic { server_has[1] && !link_up[1] -> notice(1); goto look }
    :: atomic { server_has[2] && !link_up[2] -> notice(2); goto look }
    :: atomic { server_has[3] && !link_up[3] -> notice(3); goto look }
    :: atomic { server_has[4] && !link_up[4] -> notice(4); goto look }
    :: atomic { server_has[5] && !link_up[5] -> notice(5); goto look }
    :: atomic { ahead -> commit(); goto look }
    /* in normal operation: a seat whose connection does not exist turns away */
    :: atomic { state == SEATED && holder != 0 && !server_has[holder] -> state = AWAY; holder = 0; ahead = true; goto look }
    /* the host or the deadline */
    :: atomic { !calm && !freed && state == AWAY && made == CONNECTIONS -> vacate(); goto look }

    /* ---- faults */
    :: atomic { faults > 0 && connection[0] != 0 -> tab = 0; goto break_link }
    :: atomic { faults > 0 && connection[1] != 0 -> tab = 1; goto break_link }
    :: atomic { faults > 0 && ahead -> faults--; back_to_the_disk(); goto look }
    :: atomic { faults > 0 -> faults--; crash(); goto look }

    :: else -> goto over
    od;

break_link:
    atomic {
        faults--; id = connection[tab]; connection[tab] = 0; link_up[id] = false; sent[id] = 0; sent_token[id] = 0;
        if
        :: asked[id] = 0; asked_token[id] = 0   /* the request is lost */
        :: skip                                 /* or it arrives all the same */
        fi;
        tab = 0; id = 0; goto look
    }

hear:
    atomic {
        id = connection[tab];
        if
        :: sent[id] == TOKEN && tab < 2 ->
            stored = sent_token[id];
            asked[id] = CONFIRM; asked_token[id] = stored
        :: sent[id] == GONE -> stopped[tab] = true
        :: else
        fi;
        sent[id] = 0; sent_token[id] = 0; tab = 0; id = 0; goto look
    }

look:
    atomic {
        each = 1;
        do
        :: each <= CONNECTIONS ->
            /* whoever is told a token finds it on the disk */
            assert(sent[each] != TOKEN || sent_token[each] <= disk_rotation);
            each++
        :: else -> break
        od;
        each = 0;
        /* the owner's token opens the seat, now and after a crash at this moment */
        assert(stored == 0 || freed || (state != VACANT &&
               (stored == rotation || (previous_good && stored + 1 == rotation))));
        assert(stored == 0 || freed_on_disk || (disk_state != VACANT &&
               (stored == disk_rotation || (disk_previous_good && stored + 1 == disk_rotation))));
        /* a seat that was taken is free only when somebody freed it */
        assert(disk_state != VACANT || disk_rotation == 0 || freed_on_disk);
        /* memory and disk agree when nothing waits for the disk */
        assert(ahead || (rotation == disk_rotation && previous_good == disk_previous_good &&
                         person == disk_person && state == disk_state));
        /* a stranger never holds a seat that is somebody else's */
        assert(holder == 0 || PERSON(tab_of[holder]) == person);
        goto act
    }

over:
    skip
}

/* When the faults are over, the owner sits again, unless the seat was freed or another tab of theirs was told to stop. */
ltl owner_sits_in_the_end {
    [] (calm -> <> (OWNER_SITS || freed || stopped[0] || person == STRANGER || made == CONNECTIONS))
}
