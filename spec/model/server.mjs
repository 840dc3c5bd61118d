// SPDX-License-Identifier: MIT
// Serves a GGUF model as OpenAI's streamed chat completions on loopback: node server.mjs MODEL.gguf
// Prints its base URL when it is ready, and ends when its standard input does.
import { createServer } from "node:http";
import { getLlama } from "node-llama-cpp";

const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: "error" });
const model = await llama.loadModel({ modelPath: process.argv[2] });
// One thread: its workers wait by spinning, and starve each other on a busy machine.
const context = await model.createContext({ contextSize: 512, threads: 1 });

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

function chunk(delta, finish_reason = null) {
  const choices = [{ index: 0, delta, finish_reason }];
  return `data: ${JSON.stringify({ id: "chatcmpl-model", object: "chat.completion.chunk", created: 0, model: "gguf", choices })}\n\n`;
}

// One token at a time; a token may end inside a character, so text is given out as far as it is whole.
async function* generate(prompt, limit) {
  const sequence = context.getSequence();
  try {
    let tokens = model.tokenize(prompt);
    const all = [];
    let given = 0;
    for await (const token of sequence.evaluate(tokens, { temperature: 0 })) {
      all.push(token);
      const text = model.detokenize(all);
      if (!text.endsWith("\uFFFD")) {
        yield text.slice(given);
        given = text.length;
      }
      if (all.length >= limit || model.isEogToken(token)) return;
    }
  } finally {
    sequence.dispose();
  }
}

const server = createServer(async (request, response) => {
  const body = await readBody(request);
  const prompt = body.messages.at(-1).content;
  const limit = body.max_tokens ?? 64;
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(chunk({ role: "assistant", content: "" }));
  let count = 0;
  for await (const text of generate(prompt, limit)) {
    count++;
    response.write(chunk({ content: text }));
  }
  const usage = { prompt_tokens: model.tokenize(prompt).length, completion_tokens: count, total_tokens: 0 };
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  response.write(chunk({}, count >= limit ? "length" : "stop"));
  response.write(`data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [], usage })}\n\n`);
  response.end("data: [DONE]\n\n");
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/v1`));
process.stdin.on("end", () => process.exit(0)).resume();
