-- SPDX-License-Identifier: MIT
-- Documented functions that the module does not have yet. To be emptied, and then to go.
local awaited = {}

local NAMES = [[
chatabi.raw chatabi.schema chatabi.splitter chatabi.image chatabi.audio chatabi.file chatabi.wait_any chatabi.loop
chatabi.loop.run chatabi.loop.yield chatabi.loop.cqueues chatabi.loop.nvim chatabi.loop.spawn chatabi.loop.luv
chatabi.loop.copas
chatabi.Client.select chatabi.Client.wait_any chatabi.Client.conversation chatabi.Client.load_conversation
chatabi.Client.models chatabi.Client.embeddings
chatabi.Stream.sentences
chatabi.Conversation.send chatabi.Conversation.stream chatabi.Conversation.add chatabi.Conversation.window
chatabi.Conversation.trim chatabi.Conversation.undo chatabi.Conversation.fork chatabi.Conversation.save
chatabi.Turn.answer chatabi.Turn.pending chatabi.Turn.sentences
chatabi.Splitter.feed chatabi.Splitter.finish
]]

for name in NAMES:gmatch "%S+" do awaited[name] = true end

return awaited
