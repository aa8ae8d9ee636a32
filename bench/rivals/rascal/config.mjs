// The rascal configuration of both workloads: one virtual host with rascal's defaults, and their additions.
import rascal from "rascal";

/** A configuration for the broker of the environment. */
export function configOf(parts) {
  const vhost = { connection: { url: process.env.TOMODACHI_AMQP_URL }, exchanges: [], queues: [], bindings: [] };
  return rascal.withDefaultConfig({
    vhosts: { "/": { ...vhost, ...parts, publicationChannelPools: { confirmPool: { max: 10, min: 5 } } } },
  });
}
