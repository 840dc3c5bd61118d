---@meta _
-- SPDX-License-Identifier: MIT
-- Types and documentation of a splitter: sentences out of a text that comes in pieces.

--- Cuts a text that comes in pieces into sentences, so that speech or a display can begin with the first. Headings
--- and items of lists end with their line, a block of code is one piece. How the text was cut makes no difference,
--- and nothing but white space between the sentences is lost.
---
--- ```lua
--- local chatabi = require "chatabi"
--- local splitter = chatabi.splitter()
--- for _, piece in ipairs { "Good mor", "ning. How are", " you? Fine" } do
---   for _, sentence in ipairs(splitter:feed(piece)) do print(sentence) end
--- end
--- print(splitter:finish())
--- ```
---@class chatabi.Splitter
local Splitter = {}

--- Takes more of the text.
---@param text string The next piece.
---@return string[] sentences Those that are complete now, often none.
function Splitter:feed(text) end

--- Ends the text. The splitter can then be used for another.
---@return string? rest What is left, nil when there is nothing.
function Splitter:finish() end
