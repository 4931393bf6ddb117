/**
 * Whoever asks for a restart writes the time; what is there when the process begins was asked of the one before. Compared with
 * itself only: the clocks of laptops and Nodes differ. One that goes back (somebody restored the object) is no request.
 */
export function openRestartRequests(onRequest: (at: Date) => void): (requested: Date | undefined) => void {
  let known: {readonly latest: number} | undefined
  return (requested) => {
    const time = requested?.getTime() ?? Number.NEGATIVE_INFINITY
    const isNews = known !== undefined && time > known.latest
    known = {latest: Math.max(time, known?.latest ?? time)}
    if (isNews && requested !== undefined) onRequest(requested)
  }
}
