// Python: examples/basic_examples/websockets/websocket_service.py
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  defineOptions,
  type HttpRequest,
  http,
  httpError,
  httpStatic,
  Service,
  type WebSocketContext,
  websocket,
} from "tomodachi";

const folder = new URL("./public/", import.meta.url);

export class ExampleWebsocketService extends Service {
  name = "example-websocket-service";
  override options = defineOptions({ http: { port: 4711, accessLog: true } });

  @http("GET", /\/(?:|index.html)/)
  async index() {
    return [200, createReadStream(new URL("index.html", folder)), { "content-type": "text/html" }];
  }

  @httpStatic(folder, "/public")
  async public() {}

  @websocket(/\/websocket\/?/)
  async websocketConnection(_request: HttpRequest, { socket, logger }: WebSocketContext) {
    logger.info("websocket client connected");

    const receive = async (data: string): Promise<void> => {
      logger.info(`websocket data received: ${data}`);
      await socket.send(`response ${randomUUID()}`);
    };
    const close = async (): Promise<void> => {
      logger.info("websocket closed");
    };
    return [receive, close] as const;
  }

  @httpError(404)
  async error404() {
    return "error 404";
  }
}
