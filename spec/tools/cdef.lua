-- Gives LuaJIT the part of the header that is meant for it.
local file = assert(io.open(arg[1]))
local text = assert(file:read("*a"):match("/%* cdef begin %*/(.-)/%* cdef end %*/"))
file:close()
local ffi = require "ffi"
ffi.cdef(text)
assert(ffi.new("chatabi_request *") == nil)
assert(ffi.C.CHATABI_DONE == 5 and ffi.C.CHATABI_E_INTERNAL == -99)
