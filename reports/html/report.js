// The one script of a report. Pages are complete without it; it adds search, sorting, keys, a theme switch and copy buttons.
'use strict';
