-- SPDX-License-Identifier: MIT
-- What the gateway is to do. After a change: nginx -s reload, which interrupts nobody; where there is a mistake in it
-- the error log says so, and the old settings stay. (nginx -t does not look at it.)
return {
  -- Who answers: names of our own, and options of chatabi.new. Each worker has one client of each.
  backends = {
    vertex = {
      -- project and location: the environment's, or written here
      total_timeout_ms = 600000, -- for one request, all attempts together
      max_retries = 2, -- before the first byte only
      max_in_flight = 1000, -- in one worker; others wait for their turn,
      max_queued = 200, -- and more than these are refused with 503
      -- fallback = { "europe-west4", "us-central1" },
    },
    -- openai = { provider = "openai" },
    -- own = { base_url = "http://localhost:11434/v1" },
  },
  default_backend = "vertex",

  -- What clients ask for, and what they get: a model of the default backend, or of another:
  -- { backend = "own", model = "llama3.2" }.
  models = {
    ["gpt-4o-mini"] = "google/gemini-2.5-flash",
    ["gpt-4o"] = "google/gemini-2.5-pro",
    ["text-embedding-3-small"] = "intfloat/multilingual-e5-large-instruct-maas",
  },
  other_models = true, -- names that are not in the list are sent as they are; false: they do not exist

  -- Keys of the gateway's own, a file with a line "KEY NAME" for each; nil: everybody who gets here may ask.
  keys_file = os.getenv "GATEWAY_KEYS",

  -- Seconds without an event until a stream gets a comment, which keeps proxies on the way from closing it.
  heartbeat_s = 15,
}
