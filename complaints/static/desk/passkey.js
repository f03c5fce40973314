// Passkeys, where the browser knows them. Without this script, or without passkeys, the code's form does all.
'use strict'
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const making = form.dataset.passkey === 'create'
  const parse = window.PublicKeyCredential &&
    (making ? PublicKeyCredential.parseCreationOptionsFromJSON : PublicKeyCredential.parseRequestOptionsFromJSON)
  if (!parse) continue
  form.hidden = false
  form.addEventListener('submit', async event => {
    if (form.elements.passkey.value) return
    event.preventDefault()
    try {
      const publicKey = parse.call(PublicKeyCredential, JSON.parse(form.dataset.options))
      const credential = await navigator.credentials[making ? 'create' : 'get']({ publicKey })
      form.elements.passkey.value = JSON.stringify(credential.toJSON())
      form.requestSubmit()
    } catch (refused) {
      form.querySelector('[role=status]').hidden = false
    }
  })
}
