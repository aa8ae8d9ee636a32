/** HTTP: what the compiler knows of requests, answers and web sockets, and what it refuses. */
import {
  defineOptions,
  defineService,
  type HttpContext,
  type HttpMiddleware,
  type HttpRequest,
  type HttpRequestOf,
  http,
  httpError,
  httpStatic,
  on,
  Service,
  type WebSocketContext,
  websocket,
} from "tomodachi";
import * as z from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

const createOrder = http("POST", "/shops/:shop/orders", {
  schema: {
    query: z.object({ dry: z.stringbool().default(false) }),
    body: z.object({ items: z.array(z.number()) }),
    response: { 201: z.object({ total: z.number() }), 409: z.object({ reason: z.string() }) },
  },
});
const move = z.object({ x: z.coerce.number() });

export class Shop extends Service {
  name = "shop";
  override options = defineOptions({ http: { port: 8080, bodyLimit: "2MB", keepAliveTimeout: "5s" } });
  override httpMiddleware: readonly HttpMiddleware[] = [
    (next, { context, message }) => next({ a: context.route + message.url }),
  ];

  @createOrder create({ params, query, body }: HttpRequestOf<typeof createOrder>) {
    same<typeof params, { readonly shop: string } & object>(true as never);
    same<typeof query, { dry: boolean }>(true);
    same<typeof body, { items: number[] }>(true);
    return query.dry ? ([409, { reason: params.shop }] as const) : ([201, { total: body.items.length }] as const);
  }
  @http("GET", "/orders/:id") order({ params }: HttpRequest<{ params: { id: string } }>, { requestId }: HttpContext) {
    return { id: params.id, requestId };
  }
  @http(["get", "DELETE"], /\/items\/(?<sku>\w+)/) item({ params }: HttpRequest) {
    same<(typeof params)["sku"], string | undefined>(true);
  }
  @httpError(404) missing(_request: HttpRequest, { error }: HttpContext) {
    return String(error);
  }
  @httpStatic("./public", "/static", { maxAge: "1h" }) files() {}

  @websocket("/rooms/:room") room({ params }: HttpRequest<{ params: { room: string } }>, { socket }: WebSocketContext) {
    return (text: string) => socket.send(params.room + text);
  }
  @websocket("/moves", { schema: { message: move } }) moves() {
    return { message: ({ x }: { x: number }) => x, close: (code: number, reason: string) => code + reason };
  }
  @websocket("/both", { messages: "any" }) async both() {
    return [(data: string | Buffer) => data, (code: number) => code] as const;
  }
  @websocket("/none") async none() {}

  // @ts-expect-error the path has no such parameter
  @http("GET", "/orders/:id") wrongParams(_request: HttpRequest<{ params: { order: string } }>) {}
  // @ts-expect-error the body is what the schema makes of it
  @createOrder wrongBody(_request: HttpRequest<{ body: { items: string[] } }>): unknown {
    return undefined;
  }
  // @ts-expect-error the answer does not fit its schema
  @createOrder wrongAnswer() {
    return [201, { total: "5" }] as const;
  }
  // @ts-expect-error no schema for this status
  @createOrder wrongStatus() {
    return [200, { total: 5 }] as const;
  }
  // @ts-expect-error messages are strings
  @websocket("/bytes") wrongMessage() {
    return (data: Buffer) => data;
  }
  // @ts-expect-error no handlers
  @websocket("/number") wrongResult() {
    return 5;
  }
}

export default defineService({
  name: "shop",
  httpMiddleware: [(next) => next()],
  handlers: {
    order: on(http("GET", "/orders/:id/:part?"), ({ params }) => {
      same<(typeof params)["id"], string>(true);
      same<(typeof params)["part"], string | undefined>(true);
      return params.id;
    }),
    rest: on(http("GET", "/files/*"), ({ params }) => params["*"].length),
    raw: on(http("POST", "/raw", { rawBody: true }), ({ body }) => body.byteLength),
    create: on(createOrder, ({ body }) => [201, { total: body.items.length }] as const),
    chat: on(websocket("/chat/:room"), ({ params }, { socket }) => ({
      message: (text) => socket.send(params.room + text.toUpperCase()),
    })),
    moves: on(websocket("/moves", { schema: { message: move } }), (_request, { socket }) => ({
      message: ({ x }) => socket.send(x.toFixed(1)),
    })),
    bytes: on(websocket("/bytes", { messages: "bytes" }), () => (data) => data.byteLength),
    // @ts-expect-error the answer does not fit its schema
    wrong: on(createOrder, () => [201, { total: "5" }] as const),
    // @ts-expect-error no such parameter
    wrongParameter: on(websocket("/chat/:room"), ({ params }) => void params.rom),
  },
});

// @ts-expect-error no such option
http("GET", "/", { body: true });
// @ts-expect-error no such method
http("FETCH", "/");
// @ts-expect-error no such option
websocket("/", { maxPayload: 5 });
// @ts-expect-error no unit
websocket("/", { pingInterval: "5 seconds" });
