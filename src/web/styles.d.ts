/** Vite turns a style sheet into part of the page. */
declare module '*.css'
