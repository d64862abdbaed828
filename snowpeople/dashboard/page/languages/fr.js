/**
 * All that the page says, in French: to a child, so by tu.
 * \u202f, a narrow space that does not break, goes before the marks ! ? ; and \u00a0, a full one, before the colon.
 */

/** @type {Words} */
LANGUAGES.fr = {
  language: "Langue",
  choose: "Choisis des images",
  ways: "ou dépose-les ici, ou colles-en une",
  waysPage: "ou dépose-les n’importe où sur cette page, ou colles-en une",
  privacy:
    "Les photos sont réduites sur ton appareil avant d’être envoyées. Elles ne servent qu’à la réponse\u00a0: rien n’est conservé.",
  examples: "Ou essaie l’une de celles-ci\u00a0:",
  example: (n) => `Image d’exemple\u00a0${n}`,
  results: "Réponses",
  picture: (name) => `Ton image ${name}`,
  pasted: "Image collée",
  waiting: "Elle attend son tour…",
  preparing: "Je la prépare…",
  sending: "Envoi…",
  classifying: "Je regarde bien…",
  failed: "Pas de réponse pour celle-ci",
  again: "Essaie encore",
  broken: "Cette page ne peut pas encore répondre.",
  silent: "Le serveur ne répond pas encore. Si cela dure, recharge la page.",
  outdated: "Cette page et le serveur n’ont pas la même version. Recharge la page, s’il te plaît.",
  noPicture: "Il n’y avait pas d’image là-dedans. Dépose ou colle un fichier image.",
  more: (n) => `Voir les ${n}`,

  waking: "Je me réveille tout juste. Tu peux déjà me montrer des images.",
  page: {
    stopped: "Le notebook derrière cette page s’est arrêté sur une erreur. Le journal du serveur en dit plus.",
    lost: "La connexion au serveur est perdue.",
    kept: "Ce qui est sur cette page reste ; les images en attente auront alors leur réponse.",
    startAgain: "Recommencer",
    starting: "On recommence …",
    gone: "Impossible de recommencer.",
    where: "Le serveur n’existe peut-être plus : ouvre la page là où tu l’as trouvée, ou réessaie.",
  },
  title: "Qu’y a-t-il sur ton image\u202f?",
  titles: { "Which snow person is it?": "Quel personnage des neiges\u202f?" },
  intro: (names) => `Montre-moi une image, et je te dirai ce que j’en pense\u00a0: ${names}\u202f?`,
  introMany: (n) => `Je connais ${n} sortes de choses. Montre-moi une image, et je te dirai laquelle c’est.`,
  labels: {
    olaf: { name: "Olaf", answer: "C’est Olaf", listed: "Olaf" },
    abominable: {
      name: "Abominable",
      answer: "C’est l’abominable homme des neiges",
      listed: "l’abominable homme des neiges",
    },
  },
  is: (name) => `C’est\u00a0: ${name}`,
  neither: {
    two: { name: "Aucun", answer: "Ni l’un ni l’autre", listed: "ni l’un ni l’autre" },
    more: { name: "Aucun", answer: "Rien de tout cela", listed: "rien de tout cela" },
  },
  sure: {
    certain: "Je n’ai presque aucun doute.",
    often: (n) => `Sur dix réponses aussi sûres que celle-ci, environ\u00a0${n} sont justes.`,
    guess: "Je devine seulement\u00a0: ce pourrait bien être autre chose.",
    unfamiliar: "Cela ne ressemble à rien de ce que j’ai appris, alors je ne lui donne pas de nom.",
  },

  errors: {
    empty: "Ce fichier est vide\u00a0: choisis-en un autre.",
    too_large: "Ce fichier est trop grand\u00a0: rends-le plus petit.",
    unsupported: "Je ne peux pas ouvrir ce genre de fichier\u00a0: choisis une image JPEG ou PNG.",
    not_a_picture: "Ce fichier n’est pas une image\u00a0: choisis une image JPEG ou PNG.",
    cut_off: "Cette image est coupée ou abîmée\u00a0: choisis-en une autre.",
    folder: "C’est un dossier\u00a0: choisis les images qu’il contient.",
    unreadable: "Je ne peux pas lire ce fichier\u00a0: choisis-le de nouveau.",
    incomplete: "Ce fichier n’est pas arrivé entier\u00a0: essaie encore.",
    busy: "Trop d’images à la fois\u00a0: essaie encore celle-ci.",
    lost: "Le serveur ne répond pas. Essaie encore\u202f; si cela ne suffit pas, recharge la page.",
    no_classifier: "Il manque ce qu’il faut pour répondre\u00a0: lis le message en haut.",
    fault: "Quelque chose n’a pas marché avec cette image\u00a0: essaies-en une autre.",
  },
};
