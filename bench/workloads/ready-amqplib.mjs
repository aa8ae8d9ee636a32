// Plain amqplib: says when it consumes, and what it takes in memory after a while.
import { connect } from "amqplib";
import { saysReady } from "./ready.mjs";

const { queue } = JSON.parse(process.env.BENCH_SETTINGS);
const connection = await connect(process.env.TOMODACHI_AMQP_URL, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(100);
await channel.consume(queue, (message) => channel.ack(message));
saysReady();
