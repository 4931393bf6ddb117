/** What can be listed, and what it means when there is nothing. */
export const lists = {
  flows: {title: 'Flows', none: 'No Node has a flow: is Open vSwitch running?'},
  routes: {title: 'Routes', none: 'No Node tells a route.'},
  pods: {title: 'Pods', none: 'No agent has wired a Pod yet.'},
  events: {title: 'Events', none: 'The agents have seen nothing since they started.'},
} as const
export type ListName = keyof typeof lists
