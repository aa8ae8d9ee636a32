// Plain Fastify: the yardstick. With BENCH_LOG its own two lines for each request.
import { createWriteStream } from "node:fs";
import { fastify } from "fastify";
import { begin, end, listening, order } from "./http-meter.mjs";

const logger = process.env.BENCH_LOG ? { stream: createWriteStream("/dev/null") } : false;
const app = fastify({ logger });
app.get("/orders/:id", async ({ params }) => order(params.id));
app.get("/begin", async () => begin());
app.get("/end", async () => end());
await app.listen({ port: 0, host: "127.0.0.1" });
listening(app.server.address().port);
