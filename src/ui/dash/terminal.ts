import {Box, render, Text, useInput, usePaste} from 'ink'
import {createElement, type ReactElement} from 'react'
import {charactersOf} from '../width.ts'
import type {Key, KeyName} from './key.ts'

export interface TerminalUse {
  /** The whole screen, line by line. */
  readonly frame: () => readonly string[]
  readonly onKey: (key: Key) => void
  readonly onPaste: (text: string) => void
  /** Below what stands on the terminal already, and it stays there. */
  readonly inline?: true
}

export interface Terminal {
  redraw(): void
  /** The terminal is as it was before. */
  close(): Promise<void>
}

/** The other screen of the terminal, or some lines of the first one, until it is closed. This only draws and listens. */
export function openTerminal({frame, onKey, onPaste, inline}: TerminalUse): Terminal {
  const element = () => createElement(Screen, {lines: frame(), onKey, onPaste})
  const options = {exitOnCtrlC: false, patchConsole: false, alternateScreen: inline !== true, interactive: true}
  const screen = render(element(), {...options, incrementalRendering: true})
  return {
    redraw: () => screen.rerender(element()),
    close: async () => {
      screen.unmount()
      await screen.waitUntilExit().catch(() => undefined)
    },
  }
}

interface ScreenProps extends Pick<TerminalUse, 'onKey' | 'onPaste'> {
  readonly lines: readonly string[]
}

/** One Text a line: what lines are like is known already, so that nothing has to be laid out. */
function Screen({lines, onKey, onPaste}: ScreenProps): ReactElement {
  useInput((text, pressed) => {
    // Not every terminal says what was pasted; nobody types so much at once.
    if (text.length > mostTyped) onPaste(text)
    else for (const key of keysOf(text, pressed)) onKey(key)
  })
  usePaste(onPaste)
  const rows = lines.map((line, at) => createElement(Text, {key: at, wrap: 'truncate-end'}, line === '' ? ' ' : line))
  return createElement(Box, {flexDirection: 'column'}, ...rows)
}

/** Characters that come at once when somebody types fast. */
const mostTyped = 40

type Pressed = Parameters<Parameters<typeof useInput>[0]>[1]

const named: readonly (readonly [keyof Pressed, KeyName])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageUp'],
  ['pageDown', 'pageDown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
]

/** Characters that come at once were typed fast: each is a key. What is pasted comes another way. */
function keysOf(text: string, pressed: Pressed): readonly Key[] {
  const name = named.find(([flag]) => pressed[flag] === true)?.[1]
  if (name !== undefined) return [{name, text: ''}]
  if (pressed.ctrl) return text === 'c' ? [{name: 'interrupt', text: ''}] : []
  if (pressed.meta) return []
  return charactersOf(text).map((character): Key => {
    const control = controls[character]
    return control === undefined ? {name: 'text', text: character} : {name: control, text: ''}
  })
}

/** What keys that write nothing send, where they come together with others. */
const controls: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007F': 'backspace',
  '\u001B': 'escape',
  '\u0003': 'interrupt',
}
