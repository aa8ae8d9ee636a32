// ClientRMQ.emit, whose observable completes at the confirm; NestJS writes its own, smaller envelope.
import "reflect-metadata";
import { ClientRMQ } from "@nestjs/microservices";
import { lastValueFrom } from "rxjs";
import { publishAll, report, settings } from "../../workloads/meter.mjs";
import { dataOf } from "../../workloads/payload.mjs";

const { queue, bytes } = settings;
const client = new ClientRMQ({ urls: [process.env.TOMODACHI_AMQP_URL], queue, noAssert: true, persistent: true });
client.logger = { log() {}, warn() {}, error() {} };
await client.connect();
await publishAll((id) => lastValueFrom(client.emit("count", dataOf(id, bytes)), { defaultValue: undefined }));
await client.close();
report();
