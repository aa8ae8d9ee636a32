import { amqp, type ContextOf, defineOptions, type EventData, Service } from "tomodachi";
import { PayloadStore } from "./claims.ts";
import { reportReady } from "./events.ts";

export class Archive extends Service {
  name = "recipe-archive";
  // Only a few at the same time, because each handler holds a payload in memory.
  override options = defineOptions({ amqp: { concurrency: 4, retry: { delays: ["1s", "1m"] } } });
  readonly #store = new PayloadStore(process.env["PAYLOAD_FOLDER"] ?? "payloads");

  @amqp(reportReady)
  async keep({ file }: EventData<typeof reportReady>, { params, logger }: ContextOf<typeof reportReady>) {
    const payload = await this.#store.get(file);
    logger.info(`${params.name} has ${payload.length} bytes`);
  }
}
