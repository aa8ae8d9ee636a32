// NestJS on Fastify, without decorators: they are applied as functions.
import "reflect-metadata";
import { Controller, Get, Module, Param } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { begin, end, listening, order } from "../../workloads/http-meter.mjs";

class Orders {
  async order(id) {
    return order(id);
  }
  begin() {
    return begin();
  }
  end() {
    return end();
  }
}
const routes = { order: "orders/:id", begin: "begin", end: "end" };
for (const [name, path] of Object.entries(routes)) {
  Get(path)(Orders.prototype, name, Object.getOwnPropertyDescriptor(Orders.prototype, name));
}
Param("id")(Orders.prototype, "order", 0);
Controller()(Orders);
class App {}
Module({ controllers: [Orders] })(App);

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
await app.listen(0, "127.0.0.1");
listening(app.getHttpServer().address().port);
