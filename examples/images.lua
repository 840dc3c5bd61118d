#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Questions about an image and about a document. A file is sent as what it is: its first bytes say that, not its name.
--
-- Run: lua5.4 examples/images.lua PICTURE DOCUMENT
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

if not arg[2] then
  io.stderr:write "usage: images.lua PICTURE DOCUMENT\n"
  os.exit(2)
end

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })

-- No such file, an empty one, one that is too large or of no known kind: nil and an error that says so.
local picture, err = chatabi.image(arg[1], { detail = "low" })
if not picture then
  io.stderr:write(err.message, "\n")
  os.exit(1)
end

-- Content is a list of texts and parts, in the order in which the model shall see them.
local messages = { { role = "user", content = { "What is in this picture?", picture } } }
print(assert(client:chat(messages)).text)

-- chatabi.file takes PDF, images, sound and text. Parts can stand anywhere in a conversation.
local talk = client:conversation {}
print(assert(talk:send { "Sum this up in three sentences.", assert(chatabi.file(arg[2])) }).text)
print(assert(talk:send "Does it have to do with the picture?").text)

-- Instead of a path: an address, which the server fetches, or bytes that the program has already.
local bytes = assert(io.open(arg[1], "rb")):read "*a"
local drawn = assert(chatabi.image { data = bytes, name = "drawn.png" })
print(assert(client:chat { { role = "user", content = { "Which colours do you see?", drawn } } }).text)
