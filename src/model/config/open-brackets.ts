/** At most so many are open at one place. */
export function openBrackets(text: string): number {
  let [open, most] = [0, 0]
  for (const letter of text) {
    if (letter === '[' || letter === '{') most = Math.max(most, ++open)
    else if (letter === ']' || letter === '}') open = Math.max(0, open - 1)
  }
  return most
}
