import { createServer, type Server } from "node:http";

/** Imitates a bank with the header Idempotency-Key: it charges once for each key, and repeats its first answer. */
export function createBank(answers: readonly number[] = []): { readonly server: Server; readonly charged: string[] } {
  const charged: string[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    if (!charged.includes(key)) charged.push(key);
    // The bank may have charged although its answer is an error. The caller cannot know.
    response.writeHead(answers[asked++] ?? 201).end();
  });
  return { server, charged };
}
