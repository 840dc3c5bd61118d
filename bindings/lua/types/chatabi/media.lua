---@meta _
-- SPDX-License-Identifier: MIT
-- Types of media: what chatabi.image, chatabi.audio and chatabi.file take.

--- `chatabi.image`, `chatabi.audio` and `chatabi.file` make parts of a message from files, URLs or bytes. The type is
--- told by the first bytes, then by the end of the name.
---
--- ```lua
--- local report = assert(chatabi.file "report.pdf")
--- local answer = assert(client:chat { { role = "user", content = { "Sum this up.", report } } })
--- ```
---
--- A path is read at once. A URL (`http`, `https`, `gs`, `data`) is passed on: the server fetches it.
---@alias chatabi.MediaSource string|chatabi.MediaBytes

--- Bytes that are in memory.
---@class chatabi.MediaBytes
---The bytes.
---@field data string
---Their type: `image/png`. Default: told by the bytes.
---@field type? string
---A name for the server.
---@field name? string

--- How a file is sent.
---@class chatabi.MediaOptions
---How closely a model looks at an image.
---@field detail? "low"|"high"|"auto"
---A larger file is an error. Default: 20 MiB.
---@field max_bytes? integer
