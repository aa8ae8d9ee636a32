import express from "express";
import { begin, end, listening, order } from "../../workloads/http-meter.mjs";

const app = express();
app.get("/orders/:id", async (request, response) => response.json(order(request.params.id)));
app.get("/begin", (_request, response) => response.json(begin()));
app.get("/end", (_request, response) => response.json(end()));
const server = app.listen(0, "127.0.0.1", () => listening(server.address().port));
