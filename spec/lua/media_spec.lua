-- SPDX-License-Identifier: MIT
local helper = require "spec.lua.helper"
local json = require "chatabi.json"
local media = require "chatabi.media.media"

local PNG = "\137PNG\r\n\26\n\0\0\0\rIHDR"
local PDF = "%PDF-1.7\n"
local WAV = "RIFF\36\0\0\0WAVEfmt "
local BINARY = "\1\2\255\254"

-- A file with these contents, which is gone after the test.
local made = {}
local function file(bytes, ending)
  local base = os.tmpname()
  local path = base .. (ending or "")
  local handle = assert(io.open(path, "wb"))
  handle:write(bytes)
  handle:close()
  made[#made + 1], made[#made + 2] = base, path
  return path
end

local function remove_files()
  for _, path in ipairs(made) do os.remove(path) end
  made = {}
end

local function refused(run, ...)
  local part, err = run(...)
  assert.is_nil(part)
  assert.equal("ARG", err.name)
  return err.message
end

describe("media", function()
  setup(helper.start)
  teardown(helper.stop)
  after_each(remove_files)

  it("knows types by their first bytes", function()
    local images = {
      ["image/png"] = PNG, ["image/jpeg"] = "\255\216\255\224\0\16JFIF", ["image/gif"] = "GIF89a\1\0",
      ["image/webp"] = "RIFF\1\2\3\4WEBPVP8 ", ["image/bmp"] = "BM\1\2\3\4\0\0\0\0\54", ["image/tiff"] = "II*\0\8",
      ["image/heic"] = "\0\0\0\24ftypheic\0", ["image/heif"] = "\0\0\0\24ftypmif1\0",
      ["image/avif"] = "\0\0\0\24ftypavif\0",
    }
    for mime, bytes in pairs(images) do
      local part = assert(media.image { data = bytes })
      assert.matches("^data:" .. mime:gsub("%p", "%%%0") .. ";base64,", part.image_url.url)
      assert.same(part, media.file { data = bytes, name = "lies.pdf" })
    end
    local sounds = {
      wav = WAV, flac = "fLaC\0\0",
      opus = "OggS\0\2" .. ("\0"):rep(22) .. "OpusHead", ogg = "OggS\0\2" .. ("\0"):rep(22),
      m4a = "\0\0\0\24ftypM4A \0", aac = "\255\241\80\128", mp3 = "ID3\4\0", aiff = "FORM\0\0\0\1AIFF",
    }
    for format, bytes in pairs(sounds) do
      local part = assert(media.audio { data = bytes })
      assert.equal("input_audio", part.type)
      assert.equal(format, part.input_audio.format)
      assert.same(part, media.file { data = bytes })
    end
    assert.equal("mp3", media.audio({ data = "\255\251\144\0" }).input_audio.format)
    local films = {
      ["video/mp4"] = "\0\0\0\24ftypisom\0", ["video/mov"] = "\0\0\0\24ftypqt  \0", ["video/mpeg"] = "\0\0\1\186D\0",
      ["video/webm"] = "\26\69\223\163\1\66\130\132webm", ["video/3gpp"] = "\0\0\0\24ftyp3gp4\0",
    }
    for mime, bytes in pairs(films) do
      assert.matches("^data:" .. mime .. ";base64,", media.file({ data = bytes }).video_url.url)
    end
    assert.equal("video/mov", media.file({ data = "\0\0\0\8wide\0\0\0\0mdat" }).video_url.url:match "^data:([^;]*)")
  end)

  it("makes parts as OpenAI has them", function()
    local url = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
    assert.same({ type = "image_url", image_url = { url = url, detail = "low" } },
      media.image({ data = PNG }, { detail = "low" }))
    assert.same({ type = "input_audio", input_audio = { data = "UklGRiQAAABXQVZFZm10IA==", format = "wav" } },
      media.audio { data = WAV })
    local path = file(PDF, ".pdf")
    local data = "data:application/pdf;base64,JVBERi0xLjcK"
    assert.same({ type = "file", file = { filename = path:match "[^/]*$", file_data = data } }, media.file(path))
    assert.equal("file.pdf", media.file({ data = PDF }).file.filename)
    assert.equal("x.pdf", media.file({ data = PDF, name = "a/x.pdf" }).file.filename)
  end)

  it("takes the ending of a name where bytes say nothing", function()
    assert.equal("mp3", media.audio(file(BINARY, ".MP3")).input_audio.format)
    assert.matches("^data:application/vnd%.openxml.*wordprocessingml%.document;base64,",
      media.file({ data = "PK\3\4\255", name = "x.docx" }).file.file_data)
    assert.equal("m4a", media.audio({ data = "\0\0\0\24ftypisom\0", name = "x.m4a" }).input_audio.format)
    assert.equal("opus", media.audio({ data = "OggS\0\2\255", name = "x.opus" }).input_audio.format)
  end)

  it("takes the type that it is told", function()
    assert.equal("flac", media.audio({ data = BINARY, type = "audio/x-flac" }).input_audio.format)
    assert.equal("mp3", media.audio({ data = BINARY }, { type = "mp3" }).input_audio.format)
    assert.equal("mp3", media.audio({ data = BINARY, type = "audio/mpeg" }).input_audio.format)
    assert.matches("^data:image/png", media.image({ data = "a text, really", type = "image/png" }).image_url.url)
    assert.same({ type = "text", text = "GIF89a is a format" },
      media.file({ data = "GIF89a is a format", type = "text/plain" }))
    assert.matches("'nonsense' is no type", refused(media.image, { data = PNG, type = "nonsense" }))
  end)

  it("makes text of text files, whatever their name", function()
    assert.same({ type = "text", text = "Grüße\n" }, media.file(file("Grüße\n", ".txt")))
    assert.same({ type = "text", text = "<svg/>" }, media.file(file("<svg/>", ".svg")))
    assert.same({ type = "text", text = "no ending" }, media.file(file "no ending"))
    for _, text in ipairs {
      "BMW and MM* and RIFF", "The wide river", "One moov", "ID3 is of tags", "OggS is of pages", "The ftyp box",
    } do
      assert.same({ type = "text", text = text }, media.file { data = text })
    end
  end)

  it("leaves out a name that is not UTF-8, which could not be sent", function()
    local part = media.file { data = "%PDF-1.7", name = "/tmp/Gr\252\223e.pdf" }
    assert.equal("file.pdf", part.file.filename)
    assert.equal("Grüße.pdf", media.file({ data = "%PDF-1.7", name = "Gr\252/Grüße.pdf" }).file.filename)
  end)

  it("refuses text that is not UTF-8 and what it does not know", function()
    assert.matches("x%.txt is not valid UTF%-8: convert it", refused(media.file, { data = "Gr\252\223e",
      name = "x.txt" }))
    assert.matches("The data is of no known type", refused(media.file, { data = "a\0b" }))
    assert.matches("x%.bin is of no known type: tell it with", refused(media.file, { data = BINARY, name = "x.bin" }))
  end)

  it("refuses what is not what was asked for", function()
    assert.matches("is text, and not an image: take chatabi.file", refused(media.image, file("<html>", ".png")))
    assert.matches("is of the type audio/wav, and not an image", refused(media.image, { data = WAV }))
    assert.matches("is of the type image/png, and not sound", refused(media.audio, { data = PNG, name = "x.mp3" }))
    assert.matches("is of no known type, and not sound", refused(media.audio, { data = BINARY }))
  end)

  it("names the file that cannot be read, and why", function()
    assert.matches("^/no/such%.png: No such file or directory%. Check the path", refused(media.image, "/no/such.png"))
    assert.matches("^/tmp cannot be read: .*Give the path of a file", refused(media.file, "/tmp"))
    local path = file("", ".png")
    assert.matches(path .. " is empty", refused(media.image, path), 1, true)
    assert.matches("The data is empty", refused(media.image, { data = "" }))
  end)

  it("says what to do where the host lets nobody read files", function()
    local kept = io
    rawset(_G, "io", nil)
    local good, part, err = pcall(media.image, "x.png")
    rawset(_G, "io", kept)
    assert.is_true(good)
    assert.is_nil(part)
    assert.matches("^x%.png cannot be read: .*{ data = bytes }", err.message)
  end)

  it("reads no more than max_bytes", function()
    local path = file(PNG .. ("x"):rep(100000), ".png")
    assert.matches("has more than 100 bytes: make it smaller, raise max_bytes",
      refused(media.image, path, { max_bytes = 100 }))
    assert.matches("x%.png has more than 3 bytes",
      refused(media.image, { data = PNG, name = "x.png" }, { max_bytes = 3 }))
    assert.is_table(media.image(path, { max_bytes = 100016 }))
    assert.is_nil((media.image(path, { max_bytes = 100015 })))
    local endless = io.open "/dev/zero"
    if not endless then return end
    endless:close()
    assert.matches("/dev/zero has more than 1000 bytes", refused(media.file, "/dev/zero", { max_bytes = 1000 }))
  end)

  it("reads a big file whole", function()
    local bytes = PNG .. ("\0\1\2\255"):rep(50000)
    assert.equal(media.image({ data = bytes }).image_url.url, media.image(file(bytes)).image_url.url)
  end)

  it("passes URLs on", function()
    for _, url in ipairs {
      "https://x.invalid/a.png?b=c", "http://x.invalid/a", "gs://bucket/a.png", "data:image/png;base64,AA==",
    } do
      assert.same({ type = "image_url", image_url = { url = url } }, media.image(url))
    end
    assert.equal("high", media.file("https://x.invalid/A.PNG?x=1", { detail = "high" }).image_url.detail)
    assert.same({ type = "input_audio", input_audio = { data = "AA==", format = "wav" } },
      media.audio "data:audio/x-wav;base64,AA==")
    assert.same({ type = "audio_url", audio_url = { url = "gs://b/a.mp3" } }, media.audio "gs://b/a.mp3")
    assert.same({ type = "audio_url", audio_url = { url = "gs://b/a.mp3" } }, media.file "gs://b/a.mp3")
    assert.same({ type = "video_url", video_url = { url = "gs://b/a.mp4" } }, media.file "gs://b/a.mp4")
    assert.same({ type = "file", file = { filename = "a.pdf", file_data = "gs://b/c/a.pdf" } },
      media.file "gs://b/c/a.pdf")
    assert.same({ type = "file", file = { filename = "y", file_data = "https://x.invalid/y",
      format = "application/pdf" } },
      media.file("https://x.invalid/y", { type = "pdf" }))
    assert.same({ type = "file", file = { filename = "file.pdf", file_data = "data:application/pdf;base64,AA==" } },
      media.file "data:application/pdf;base64,AA==")
    assert.matches("^ftp://x.invalid/a is no URL that servers read", refused(media.file, "ftp://x.invalid/a"))
  end)

  it("gives one value when all is well", function()
    assert.equal(1, select("#", media.image { data = PNG }))
    assert.equal(1, select("#", media.audio { data = WAV }))
    assert.equal(1, select("#", media.file { data = PDF }))
  end)

  it("raises at the caller's line when it is misused", function()
    local here = "media_spec%.lua:" .. debug.getinfo(1, "l").currentline + 1
    local function blamed(run, ...) return (run(...)) end
    for _, case in ipairs {
      { media.image, nil, nil, "bad argument #1 to 'image' %(a path, a URL or { data = bytes } expected, got nil%)" },
      { media.audio, {}, nil, "bad argument #1 to 'audio' %(a path, a URL or { data = bytes } expected, got table%)" },
      { media.file, { data = 5 }, nil, "bad argument #1 to 'file' %(data: text expected, got number%)" },
      { media.file, { data = "x", name = {} }, nil, "bad argument #1 to 'file' %(name: text expected, got table%)" },
      { media.image, "x", "low", "bad argument #2 to 'image' %(table expected, got string%)" },
      { media.image, "x", { details = "low" }, "bad argument #2 to 'image' %(there is no option 'details'; they" },
      { media.image, "x", { detail = 1 }, "bad argument #2 to 'image' %(detail: text expected, got number%)" },
      { media.image, "x", { max_bytes = "1" }, "bad argument #2 to 'image' %(max_bytes: a number expected, got" },
    } do
      local good, message = pcall(blamed, case[1], case[2], case[3])
      assert.is_false(good)
      assert.matches(here .. ": " .. case[4], message)
    end
  end)

  it("makes what a server takes", function()
    local client = helper.client()
    local answer = assert(client:chat { {
      role = "user",
      content = {
        { type = "text", text = "What is this?" }, media.image { data = PNG }, media.audio { data = WAV },
        media.file { data = PDF }, (media.file { data = "a text" }),
      },
    } })
    assert.matches("1 image, 1 audio, 1 pdf", answer.text)
    client:close()
  end)

  it("can be encoded, and be sent again", function()
    local part = media.image { data = PNG }
    assert.equal(json.encode(part), json.encode(json.decode(json.encode(part))))
  end)
end)
