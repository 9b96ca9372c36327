"""Who may do what, and the audit trail of what was done. Every door asks here, by operation and name, never by address.

operations  the registry: every operation the product knows, and the vocabulary grants are written in
policy      pure: grants compiled, and the decision in its fixed order
principals  who asks: a user, a token, everybody, or the system; carries its compiled policy
decisions   decide, visible, check: the questions doors and verbs ask
roles       the built-in roles
version     the counter that tells every process that rights changed
tokens      API tokens: made, shown once, recognised
token_limits  how often a token may come, and the lock of an address whose tokens fail
audit       the trail: intent before, outcome after, chained by hashes
setup       the first start: one link, one administrator
sign_ins    who is signed in where, and ending it
secure_start  what a start refuses
"""

from controlcenter.access.decisions import check as check
