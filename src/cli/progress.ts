/** A progress bar on standard error, only where a person is looking, and only when it takes more than a second. */

export interface Progress {
  update(state: { done: number; total: number | null; what: string }): void
  /** Shows that it is AWS that makes us wait, until there is something to update. */
  throttled(service: string): void
  stop(): void
}

export function startProgress(): Progress {
  if (!process.stderr.isTTY || process.env.CI) return { update() {}, throttled() {}, stop() {} }
  const started = Date.now()
  let bar: import('cli-progress').SingleBar | undefined
  let loading = false
  let stopped = false
  let last: { done: number; total: number | null } = { done: 0, total: null }
  function show({ done, total }: typeof last, what: string): void {
    last = { done, total }
    if (Date.now() - started < 1000 || stopped) return
    if (bar) {
      bar.setTotal(total ?? Math.max(done, 1))
      bar.update(done, { what })
    } else if (!loading) {
      loading = true
      void import('cli-progress').then(({ default: { Presets, SingleBar } }) => {
        if (stopped) return
        bar = new SingleBar(
          { format: '{bar} {value}/{total} {what}', clearOnComplete: true, hideCursor: true, stream: process.stderr },
          Presets.shades_classic,
        )
        bar.start(total ?? Math.max(done, 1), done, { what })
      })
    }
  }
  return {
    update(state) {
      show(state, state.what)
    },
    throttled(service) {
      show(last, `${service} is busy (throttled): waiting`)
    },
    stop() {
      stopped = true
      bar?.stop()
    },
  }
}
