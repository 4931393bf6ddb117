/** YAML behind a file of ours, to be imported lazily: a bundle gives an `import()` of a CommonJS package no names. */
export {Document, parse, Scalar, visit} from 'yaml'
