import { createServer, type Server } from "node:http";

/** What a bank does with the header Idempotency-Key: it charges once for each key, and repeats its first answer. */
export function createBank(answers: readonly number[] = []): { readonly server: Server; readonly charged: string[] } {
  const charged: string[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    if (!charged.includes(key)) charged.push(key);
    // It may have charged and still fail to answer: the caller cannot know.
    response.writeHead(answers[asked++] ?? 201).end();
  });
  return { server, charged };
}
