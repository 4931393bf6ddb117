/** The version of antctl and of its agent, as package.json has it (a unit test compares them). */
export const version = '0.1.0'
