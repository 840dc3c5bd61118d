-- SPDX-License-Identifier: MIT
-- What the command says about itself.
local help = {}

help.OPTIONS = [[
usage: chatabi [options] [prompt...]   one answer
       chatabi chat [options]          a conversation, as without a prompt
       chatabi models [options]        the models of a server
       chatabi doctor [options]        what is configured, and whether it works
       chatabi serve [options]         a server with canned answers, to try

The prompt can come from standard input. With both, the words say what to do
with that:  git diff | chatabi "Write a commit message"

  -m, --model NAME      default on Vertex AI: google/gemini-2.5-flash
  -s, --system TEXT     instructions for the model
  -a, --attach SOURCE   image, sound, PDF or text to send along: a file, a URL,
                        or - for standard input; again for more
      --schema SCHEMA   answer in JSON of this form: JSON Schema, @FILE with it,
                        or a list: "name, age integer, tags string[], nick?"
  -c, --continue FILE   go on with the conversation in FILE, and keep it there.
                        FILE holds all that was said; only you can read it
  -o KEY=VALUE          a field of the request: -o temperature=0.2
  -u, --usage           tokens and times, on standard error
      --json            the whole answer of the server, as JSON
      --no-stream       ask for the answer in one piece
      --no-color        no colours; so does NO_COLOR in the environment

      --project ID      Google Cloud project
      --location PLACE  global, europe-west1, ...
      --endpoint ID     a self-deployed endpoint on Vertex AI
      --provider NAME   vertex, openai, gemini or compatible
      --base-url URL    as http://localhost:11434/v1, before /chat/completions
      --auth SOURCE     adc, file:PATH, metadata, gcloud, none, api_key:KEY,
                        token:TOKEN. Others on this machine may see what stands
                        here: better in the environment, as OPENAI_API_KEY
      --ca-file PATH    certificate authorities to trust
      --set NAME=VALUE  any option of core/OPTIONS.md; so does --max-retries 0

  -h, --help            --version            --   what follows is the prompt

Exit status: 0; 1: it failed, and standard error says why; 2: wrong usage;
130: Ctrl-C.
]]

help.CONVERSATION = [[
  /reset         forget all that was said
  /undo          forget the last question and its answer
  /model NAME    change the model; without NAME: tell it
  /system TEXT   change the instructions; - for none
  /attach FILE   send a file or URL with the next message
  /save FILE     keep the conversation in FILE
  /load FILE     take up the one in FILE
  /usage         tokens so far
  /quit          leave; so does Ctrl-D

A line that ends with \ goes on in the next one, and text of many lines stands
between two """. Ctrl-C ends an answer, and what had come is kept.
For line editing and a history: rlwrap chatabi
]]

return help
