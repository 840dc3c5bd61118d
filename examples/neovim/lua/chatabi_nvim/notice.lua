-- SPDX-License-Identifier: MIT
-- What the user is told beside the buffers.
local notice = {}

local TITLE = { title = "chatabi" }

function notice.info(text) vim.notify(text, vim.log.levels.INFO, TITLE) end
function notice.warn(text) vim.notify(text, vim.log.levels.WARN, TITLE) end

-- One of the library's errors, or a text. The library's message says what to do; a hint that is not in it is added.
function notice.text(err)
  if type(err) ~= "table" then return tostring(err) end
  local text = err.name .. ": " .. err.message
  if err.hint and not text:find(err.hint, 1, true) then text = text .. "\n" .. err.hint end
  return text
end

function notice.error(err) vim.notify(notice.text(err), vim.log.levels.ERROR, TITLE) end

return notice
