/** The bundler gathers imported style sheets into one file. */
declare module '*.css'
