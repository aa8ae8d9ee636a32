// Loaded before a service: the system's clock as it is read there can be set forward and back while the process runs.
const RealDate = Date;
let shiftMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + shiftMs] : given));
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};

/** From now on the clock shows this much more than before, or less. */
globalThis.shiftClock = (ms) => {
  shiftMs += ms;
};
