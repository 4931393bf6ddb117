/** What is asked of each Node. */
export const modeQuestions = {
  mode: 'Does it run the mode?',
  configuration: 'Has it taken up the ConfigMap as it stands?',
  drift: 'Does it hold what it must hold: flows, routes, settings?',
  ways: 'Does it send to every other Node as the mode wants?',
  loss: 'Does what it sends to other Nodes come back?',
} as const
export type ModeQuestion = keyof typeof modeQuestions
export const modeQuestionNames = [
  'mode',
  'configuration',
  'drift',
  'ways',
  'loss',
] as const satisfies readonly ModeQuestion[]
