# One set-up at a time in a clone. Read by scripts/setup.sh, which says where with `lock`.
#
# Each set-up lays down a ticket, a file named by its pid, and only then looks at the others': of any two, the later sees the
# earlier's. Whoever sees none of a set-up at work has the lock; what a killed one left counts as none.

# Seconds: longer than an installation by a slow line takes.
lock_deadline=900

# Whether a pid is a set-up at work. After a crash the number may be another program's.
is_setup() {
  kill -0 "$1" 2>/dev/null || return 1
  arguments=$(ps -o args= -p "$1" 2>/dev/null) || return 0
  case $arguments in *setup*) return 0 ;; *) return 1 ;; esac
}

# The lowest pid of another set-up that has a ticket.
other_setup() {
  ls "$lock" | grep -v "^$$\$" | sort -n | while read -r pid; do
    if is_setup "$pid"; then printf '%s' "$pid" && break; else rm -f "$lock/$pid"; fi
  done
}

leave_lock() { rm -f "$lock/$$"; }

# Waits until no other set-up works in this clone, and keeps others out until `leave_lock` or this shell's end.
take_lock() {
  mkdir -p "$lock"
  trap leave_lock EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  waited=0
  while :; do
    : >"$lock/$$"
    other=$(other_setup)
    if [ -z "$other" ]; then return; fi
    # Of several that wait, one keeps its ticket, so that they do not turn each other away for ever.
    if [ "$other" -lt $$ ]; then leave_lock; fi
    if [ "$waited" -eq 0 ]; then say "Waiting for another set-up of this clone (pid $other) ..."; fi
    if [ "$waited" -ge $((lock_deadline * 5)) ]; then
      say "The set-up with pid $other has not ended within $lock_deadline s: end it, or remove $PWD/$lock/$other if it is none."
      exit 1
    fi
    waited=$((waited + 1))
    sleep 0.2
  done
}
