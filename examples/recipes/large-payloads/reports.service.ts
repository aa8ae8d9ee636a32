import { amqp, amqpPublish, defineOptions, Reject, Service } from "tomodachi";
import { PayloadStore } from "./claims.ts";
import { reportReady } from "./events.ts";

export class Reports extends Service {
  name = "recipe-reports";
  override options = defineOptions({ amqp: { retry: { delays: ["1s", "1m"] } } });
  readonly #store = new PayloadStore(process.env["PAYLOAD_FOLDER"] ?? "payloads");

  @amqp("report.wanted")
  async write(line: string) {
    const [name = "", pages] = line.split(" ");
    if (!/^[a-z]+$/.test(name)) throw new Reject(`"${name}" is not a name of a report`);
    const file = await this.#store.put(Buffer.alloc(Number(pages) * 1_000_000, name));
    // Published last, so that the payload is stored before a handler gets the message.
    await amqpPublish(this, reportReady, { pages: Number(pages), file }, { params: { name } });
  }
}
