<?php
// SPDX-License-Identifier: MIT
// The library, with the declarations of chatabi.h as they stand between its two markers.
preg_match('~/\* cdef begin \*/(.*)/\* cdef end \*/~s', file_get_contents(getenv("CHATABI_HEADER")), $found);
$lib = FFI::cdef($found[1], getenv("CHATABI_LIBRARY"));

function must($truth, $what)
{
    if ($truth) return;
    fwrite(STDERR, "not so: $what\n");
    exit(2);
}
