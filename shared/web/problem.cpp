// What each status says to a person.
#include "web/problem.h"

namespace web {

StatusText status_text(int status) {
  switch (status) {
    case 400: return {"Requête incompréhensible", "La requête est mal formée ; rien n’a été enregistré."};
    case 401: return {"Accès réservé", "Cette page est réservée au personnel habilité."};
    case 403: return {"Requête refusée", "Cette requête vient d’un autre site ; rien n’a été enregistré."};
    case 404: return {"Page introuvable", "Cette adresse ne correspond à aucune page de ce service."};
    case 405: return {"Méthode refusée", "Cette adresse n’accepte pas cette méthode."};
    case 408: return {"Délai dépassé", "La requête n’est pas arrivée à temps ; rien n’a été enregistré."};
    case 409: return {"Déjà enregistré autrement", "Ce formulaire a déjà été envoyé avec d’autres réponses."};
    case 410: return {"Effacé", "Cet enregistrement a été effacé."};
    case 411: return {"Longueur manquante", "La requête n’annonce pas sa longueur ; rien n’a été enregistré."};
    case 412: return {"Condition non remplie", "La page a changé depuis : rechargez-la."};
    case 413: return {"Envoi trop volumineux", "L’envoi dépasse la taille permise ; rien n’a été enregistré."};
    case 414: return {"Adresse trop longue", "Cette adresse est trop longue."};
    case 415: return {"Format refusé", "Ce service lit des formulaires et du JSON ; rien n’a été enregistré."};
    case 416: return {"Partie introuvable", "Cette partie du fichier n’existe pas."};
    case 422: return {"À corriger", "Certaines réponses sont à corriger ; rien n’a été enregistré."};
    case 429: return {"Trop de requêtes", "Trop de requêtes en peu de temps : réessayez dans un moment."};
    case 431: return {"En-têtes trop longs", "Les en-têtes de la requête sont trop longs."};
    case 501: return {"Non pris en charge", "Cette façon de transmettre une requête n’est pas prise en charge."};
    case 502: return {"Service interrompu", "Le service redémarre : réessayez dans un instant."};
    case 503:
      return {"Service indisponible", "Le service ne peut pas répondre pour le moment : réessayez dans un instant."};
    case 504: return {"Réponse trop lente", "Le service n’a pas répondu à temps : réessayez dans un instant."};
    default: return {"Erreur interne", "Une erreur est survenue de notre côté. Elle a été notée."};
  }
}

}  // namespace web
