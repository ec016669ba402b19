#!/bin/sh
# The simulator's speed beside SIPp's, on loopback. Usage: sim.sh MILLIWATT DIR [PART...]; parts: rate cpu memory tcp rtp calls virtual long, or million (a million calls).
# Prints a table and PASS or MISS for each target; never fails: timing is no test.
exec perl -Itests/helpers tests/bench/sim.pl "$@"
