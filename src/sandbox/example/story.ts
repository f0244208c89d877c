/** The example in words, for the documentation and for whoever wants to know what to look for. */

export const STORY = `Meridian Outfitters sells outdoor gear from Lisbon. It has nine AWS accounts in one organization, grown in eight
years: management, security and log archive; production and staging; a sandbox for developers; an account that partners
reach; Fennel, a small shop bought last year, whose account was invited and never brought into line; and one suspended
pilot. Root credentials of member accounts were removed centrally in spring, except where something still hung on them:
in production and at Fennel.

You are Noor Haddad, the new security engineer. Two days ago you were given an access key of the production account,
\`meridian-prod\`, and the question "is it true that nobody knows who has keys?". About sixty users, seventy keys. These
are the threads:

- **ci-deploy, the key in the repository.** The pipeline of the web shop still deploys with a key, although GitHub can
  sign in by itself. Nine days ago the key was pushed with a \`.env\` file. It may pass any role and create Lambda
  functions; the role \`ops-automation\` trusts Lambda and may attach policies to \`ops-*\` roles, itself included: two hops
  to administrator. Since yesterday the key is used from a rented server that nobody here knows.
- **ops-nightly-cleanup, the function that climbs.** The role \`data-platform\` may do everything but IAM, and so cannot
  pass a role. It need not: the function \`ops-nightly-cleanup\` is there already and runs as \`ops-automation\`; whoever
  may change its code is two hops from administrator. The pipeline \`github-deploy-infra\` is one further: it may update
  the stack \`shop-platform\`, which brings a role of its own, and that role may change functions.
- **data-science, the shared key.** One key, three laptops: Yuki Tanaka in Osaka, Olumide Adeyemi in Lagos, Priya Raman
  in Lisbon. Whoever rotates it has to tell three people, and no log says which of them did what.
- **brightlane-export, the vendor's key.** Brightlane Analytics reads the orders export with a key that was mailed to
  them three years ago. A role with an external ID, as Northbeam has, would do. Helpdock has a key as well.
- **The forgotten root key.** Made in the week the account was opened, for a script that moved the first images. Last
  used years ago, still active, opens everything.
- **billing-reconcile, silent but alive.** Nothing for weeks, and then, at 04:12 on the first of the month, the books
  are closed with it. Its quarterly sister \`vat-filing\` counts as unused for half of each quarter. Deactivate them and
  you hear of it from the finance department.
- **leila.farahani, the administrator who is none.** The contractor has AdministratorAccess, so every simple list calls
  her an administrator. Her permissions boundary leaves analytics data, and nothing else.
- **image-resize-legacy, quarantined.** AWS found this key in public last winter and attached its quarantine policy.
  Nobody read the mail. The key still reads customers' pictures.
- **warehouse-sync, a rotation under way.** Two active keys, the new one three days old: as it should be.
  **inventory-api** has two active keys as well, both old: a rotation that nobody finished.
- **mobile-analytics, the key in the app.** Shipped with the Android app; used from every customer's phone.
- **legacy-erp, the instance without a role.** Its user data holds the key of \`erp-bridge\`.
- **piotr.nowak left eleven months ago.** His password and his key did not.

Around them is what such an account has: eight administrators where three would do, console users without MFA, a deploy
role that trusts every repository of the company, a role that anyone may assume, a role that a vendor assumes without an
external ID, a user deleted long ago in a trust policy, policies that nobody has, and enough that is right to show that
a check can be silent.

Other accounts can be audited by assuming the role \`meridian-audit\` in each of them.`
