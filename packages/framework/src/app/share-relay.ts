/** What workers tell each other by way of the supervisor: the supervisor's side. It passes shares on and knows nothing of them. */
import type { Worker as Process } from "node:cluster";
import type { Timer, TimerClock } from "./clock.ts";
import type { FromSupervisor, FromWorker } from "./worker-messages.ts";

/** Who does not answer within this time is left out. */
const answerTimeoutMs = 2000;

interface Round {
  readonly waitingFor: Set<Process>;
  readonly shares: unknown[];
  readonly timer: Timer;
  finish(): void;
}

export interface ShareRelay {
  gather(asker: Process, message: Extract<FromWorker, { arcana: "gather" }>, all: readonly Process[]): void;
  answer(from: Process, message: Extract<FromWorker, { arcana: "answer" }>): void;
  /** The process is gone: nobody waits for it any more. */
  leave(gone: Process): void;
}

export function createShareRelay(clock: TimerClock): ShareRelay {
  const rounds = new Map<number, Round>();
  let lastId = 0;

  const done = (round: Round, from: Process): void => {
    if (round.waitingFor.delete(from) && round.waitingFor.size === 0) round.finish();
  };

  return {
    gather(asker, { id: askersId, topic }, all) {
      const id = ++lastId;
      const shares: unknown[] = [];
      const finish = (): void => {
        rounds.get(id)?.timer.cancel();
        rounds.delete(id);
        tell(asker, { arcana: "gathered", id: askersId, shares });
      };
      rounds.set(id, { waitingFor: new Set(all), shares, timer: clock.after(answerTimeoutMs, finish), finish });
      for (const worker of all) tell(worker, { arcana: "ask", id, topic });
    },
    answer(from, { id, shares }) {
      const round = rounds.get(id);
      if (round === undefined) return;
      round.shares.push(...shares);
      done(round, from);
    },
    leave(gone) {
      for (const round of [...rounds.values()]) done(round, gone);
    },
  };
}

/** Sends where somebody is there to hear it. */
export function tell(worker: Process, message: FromSupervisor): void {
  // An error means that the worker died meanwhile: its exit is handled as such.
  if (worker.isConnected()) worker.send(message, () => {});
}
