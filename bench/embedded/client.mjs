// One measured client: plain amqplib, BENCH_SETTINGS { work, count, bytes }, prints { perSecond, cpuMicros }.
import { connect } from "amqplib";

const { work, count, bytes } = JSON.parse(process.env.BENCH_SETTINGS);
const connection = await connect(process.env.TOMODACHI_AMQP_URL);
const publishing = await connection.createConfirmChannel();
const consuming = await connection.createChannel();
const body = Buffer.alloc(bytes, 120);
const warmUp = Math.floor(count / 10);
const inFlightMost = 500;

const { queue } = await publishing.assertQueue("", { durable: false, exclusive: true });
const { queue: target } = await publishing.assertQueue("", { durable: false, exclusive: true });

/** Publishes this many messages with confirms, some hundred in flight; calls `onConfirm` after each. */
function publishAll(to, total, onConfirm = () => {}) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let confirmed = 0;
    const fill = () => {
      while (sent < total && sent - confirmed < inFlightMost) {
        sent++;
        publishing.publish("", to, body, {}, (error) => {
          if (error) return reject(error);
          onConfirm(++confirmed);
          if (confirmed === total) resolve();
          else fill();
        });
      }
    };
    fill();
  });
}

function measured() {
  let startedAt;
  let cpu;
  return {
    tick(done) {
      if (done === warmUp) {
        startedAt = performance.now();
        cpu = process.cpuUsage();
      }
    },
    report() {
      const seconds = (performance.now() - startedAt) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      process.stdout.write(
        JSON.stringify({
          perSecond: (count - warmUp) / seconds,
          cpuMicros: (user + system) / (count - warmUp),
          rss: {},
        }),
      );
    },
  };
}

const meter = measured();
if (work === "publish") {
  await publishAll(queue, count, (done) => meter.tick(done));
} else {
  await publishAll(queue, count);
  await consuming.prefetch(200);
  await new Promise((resolve) => {
    let handled = 0;
    void consuming.consume(queue, (message) => {
      const settle = () => {
        consuming.ack(message);
        meter.tick(++handled);
        if (handled === count) resolve();
      };
      if (work === "consume") settle();
      else publishing.publish("", target, message.content, {}, settle);
    });
  });
}
meter.report();
await connection.close();
