/** All that the page says, in Spanish: to a child, so by tú, and in words that are at home in America too. */

/** @type {Words} */
LANGUAGES.es = {
  language: "Idioma",
  choose: "Elige imágenes",
  ways: "o suéltalas aquí, o pega una",
  waysPage: "o suéltalas en cualquier parte de esta página, o pega una",
  privacy:
    "Las fotos se reducen en tu dispositivo antes de enviarse. Solo sirven para la respuesta: no se guarda nada.",
  examples: "O prueba con una de estas:",
  example: (n) => `Imagen de ejemplo\u00a0${n}`,
  results: "Respuestas",
  picture: (name) => `Tu imagen ${name}`,
  pasted: "Imagen pegada",
  waiting: "Espera su turno…",
  preparing: "La estoy preparando…",
  sending: "Enviando…",
  classifying: "La miro con atención…",
  failed: "No hay respuesta para esta",
  again: "Inténtalo otra vez",
  broken: "Esta página todavía no puede responder.",
  silent: "El servidor todavía no responde. Si sigue así, vuelve a cargar la página.",
  outdated: "Esta página y el servidor son de versiones distintas. Vuelve a cargar la página, por favor.",
  noPicture: "Ahí no había ninguna imagen. Suelta o pega un archivo de imagen.",
  more: (n) => `Ver las\u00a0${n}`,

  waking: "Me estoy despertando. Ya puedes enseñarme imágenes.",
  title: "¿Qué hay en tu imagen?",
  titles: { "Which snow person is it?": "¿Qué personaje de nieve es?" },
  intro: (names) => `Enséñame una imagen y te diré lo que pienso: ¿${names}?`,
  introMany: (n) => `Conozco ${n} clases de cosas. Enséñame una imagen y te diré cuál es.`,
  labels: {
    olaf: { name: "Olaf", answer: "Es Olaf", listed: "Olaf" },
    abominable: {
      name: "Abominable",
      answer: "Es el abominable hombre de las nieves",
      listed: "el abominable hombre de las nieves",
    },
  },
  is: (name) => `Esto es: ${name}`,
  neither: {
    two: { name: "Ninguno", answer: "Ninguno de los dos", listed: "ninguno de los dos" },
    more: { name: "Nada de eso", answer: "Nada de eso", listed: "nada de eso" },
  },
  sure: {
    certain: "Casi no tengo dudas.",
    often: (n) => `De diez respuestas tan seguras como esta, unas\u00a0${n} son correctas.`,
    guess: "Solo lo adivino: bien podría ser otra cosa.",
    unfamiliar: "No se parece a nada de lo que he aprendido, así que no le pongo nombre.",
  },

  errors: {
    empty: "Este archivo está vacío: elige otro, por favor.",
    too_large: "Este archivo es demasiado grande: hazlo más pequeño, por favor.",
    unsupported: "Aquí no se puede abrir este tipo de archivo: elige una imagen JPEG o PNG, por favor.",
    not_a_picture: "Este archivo no es una imagen: elige una imagen JPEG o PNG, por favor.",
    cut_off: "Esta imagen está cortada o dañada: elige otra, por favor.",
    folder: "Esto es una carpeta: elige las imágenes que hay dentro, por favor.",
    unreadable: "No se puede leer este archivo: elígelo otra vez, por favor.",
    incomplete: "Este archivo no llegó entero: inténtalo otra vez, por favor.",
    busy: "Son demasiadas imágenes a la vez: intenta esta otra vez, por favor.",
    lost: "El servidor no responde. Inténtalo otra vez; si no ayuda, vuelve a cargar la página.",
    no_classifier: "Falta lo necesario para responder: lee el mensaje de arriba.",
    fault: "Algo salió mal con esta imagen: prueba con otra, por favor.",
  },
};
