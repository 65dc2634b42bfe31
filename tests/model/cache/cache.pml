/* Publish, populate and collect, all at once, on one key of one repository's folder; anybody may be killed between any
 * two steps, and somebody removes the entry by hand. Each step is one system call that others can see; the mark @FILE.NAME
 * says which function of recipes/cache/ it models, and the test looks whether that is still there.
 *
 * What must hold, in every order:
 *   - what a publisher renames to the key is whole, nobody has taken its staging folder away, and nobody is in the way
 *   - a populate that succeeds has placed files of one and the same entry
 *   - when all have ended, one collection leaves whole entries and nothing else
 *   - nobody waits for ever
 * -DNO_LOCK: without the repository's lock this must fail. -DNO_HANDLE: so must reading an entry by its name again and
 * again instead of through one open folder. */

#ifndef KILLS
#define KILLS 2
#endif
#define FOLDERS 3 /* one that may be there from the start, one for each publisher */
#define NONE 255

typedef folder {
  bool exists; /* at the key, or else under a name with a dot: staged, or set aside */
  bool addon, companion, manifest
}

folder f[FOLDERS];
byte at_key = NONE; /* which folder is the entry; what it becomes is one rename */
byte holder = NONE; /* who has the lock; the kernel takes it from the dead */
byte kills;         /* how many were killed */
byte ended;         /* processes that have ended */

#define whole(i) (f[i].addon && f[i].companion && f[i].manifest)

inline acquire(me) { /* @publish.run @gc.lock @populate.quarantine */
#ifndef NO_LOCK
  atomic { holder == NONE -> holder = me }
#else
  skip
#endif
}

#define released(me) (holder == me -> NONE : holder)

/* The kernel's part: a process that is killed here is gone, and so is its lock. */
#define OR_KILLED(me) unless { atomic { kills < KILLS -> kills++; holder = released(me) } }

/* Opens the entry and looks at its files one by one; `h` stays the folder that was opened. @store.lookup */
inline lookup(h, found, damaged) {
  found = false; damaged = false;
  h = at_key;
  if
  :: h == NONE
  :: h != NONE ->
    if
    :: !f[h].manifest
    :: f[h].manifest -> /* @store.read_manifest */
      if
      :: !f[h].addon -> damaged = true /* @store.check */
      :: f[h].addon ->
        if
        :: !f[h].companion -> damaged = true
        :: f[h].companion -> found = true
        fi
      fi
    fi
  fi
}

/* Takes the entry out of sight by one rename. */
#define set_aside() at_key = NONE /* @evict.set_aside */

/* Through open folders, wherever they are renamed to meanwhile; names come in any order. */
inline remove_tree(i) {
  do
  :: f[i].addon -> f[i].addon = false
  :: f[i].companion -> f[i].companion = false
  :: f[i].manifest -> f[i].manifest = false
  :: !f[i].addon && !f[i].companion && !f[i].manifest -> break
  od;
  at_key = (at_key == i -> NONE : at_key);
  f[i].exists = false
}

proctype publish(byte me) { /* @publish.run */
  bool found, damaged;
  byte h;
  {
    acquire(me);
    lookup(h, found, damaged);
    if
    :: found
    :: !found -> /* @publish.stage_and_rename */
      f[me].exists = true;
      f[me].addon = true; /* @publish.copy_files */
      f[me].companion = true;
      f[me].manifest = true; /* @publish.fill */
      if /* @publish.make_room */
      :: at_key != NONE -> set_aside()
      :: at_key == NONE
      fi;
      assert(f[me].exists && whole(me)); /* nobody swept it */
      assert(at_key == NONE);            /* a rename to a folder that is not empty fails */
      at_key = me
    fi;
    holder = released(me)
  } OR_KILLED(me);
  ended++
}

#ifdef NO_HANDLE
#define from(h) at_key
#else
#define from(h) h
#endif

proctype populate(byte me) { /* @populate.try */
  bool found, damaged;
  byte h, addon = NONE, companion = NONE;
  {
    lookup(h, found, damaged);
    if
    :: found -> /* @place.stage */
      addon = from(h); /* @store.fetch */
      addon = (addon != NONE && f[addon % FOLDERS].addon -> addon : NONE);
      companion = from(h);
      companion = (companion != NONE && f[companion % FOLDERS].companion -> companion : NONE);
      if
      :: addon != NONE && companion != NONE -> assert(addon == companion) /* @place.swap */
      :: else /* the entry went away: a miss, and the workspace is as it was @place.undo */
      fi
    :: damaged -> /* @populate.quarantine */
      acquire(me);
      lookup(h, found, damaged);
      if :: damaged -> set_aside() :: !damaged fi;
      holder = released(me)
    :: else
    fi
  } OR_KILLED(me);
  ended++
}

/* One round. What is over the caps is anybody's guess: an entry may go, or stay. @evict.clean */
inline clean(i, leftovers) {
  leftovers = 0;
  for (i : 0 .. FOLDERS - 1) { /* @evict.plan */
    if
    :: f[i].exists && at_key != i -> leftovers = leftovers | (1 << i)
    :: else
    fi
  }
  for (i : 0 .. FOLDERS - 1) {
    if :: leftovers & (1 << i) -> remove_tree(i) :: else fi
  }
  i = at_key;
  if
  :: i != NONE -> set_aside(); remove_tree(i) /* @evict.run */
  :: i == NONE || whole(i)
  fi
}

proctype gc(byte me) { /* @gc.clean */
  byte i, leftovers;
  {
    acquire(me);
    clean(i, leftovers);
    holder = released(me)
  } OR_KILLED(me);
  ended++
}

/* A person, without any lock. */
proctype rm(byte me) {
  byte i;
  {
    i = at_key;
    if :: i != NONE -> remove_tree(i) :: else fi
  } OR_KILLED(me);
  ended++
}

init {
  byte i, leftovers;
  atomic {
    if /* what earlier runs left at the key: nothing, an entry, or one that somebody damaged */
    :: skip
    :: f[0].exists = true; at_key = 0; f[0].addon = true; f[0].manifest = true;
       if :: f[0].companion = true :: f[0].companion = false fi
    fi;
    run publish(1); run publish(2); run populate(3); run gc(4); run rm(5)
  }
  ended == 5;
  assert(holder == NONE);
  clean(i, leftovers);
  for (i : 0 .. FOLDERS - 1) { assert(!f[i].exists || (at_key == i && whole(i))) }
}
