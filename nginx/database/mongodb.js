// One member, by the name that the handlers reach it by, and a user for each desk who can do nothing outside its database.
// Again = no harm: the passwords become what the secrets say. For mongosh, on the server's own loopback.
const fs = require('fs');
const secret = (name) => fs.readFileSync(`/run/secrets/database.${name}`, 'utf8').trim();
const server = (user) => `mongodb://${user}127.0.0.1:27017/admin?directConnection=true`;

const first = connect(server(''));
// Without a set there is no user yet, and the server lets its own machine begin one.
if (!first.hello().setName) {
  first.adminCommand({ replSetInitiate: { _id: 'guichet', members: [{ _id: 0, host: 'mongodb:27017' }] } });
}
while (!first.hello().isWritablePrimary) sleep(200);

const asAdministrator = () => connect(server(`administrator:${secret('administrator')}@`));
let admin;
try {
  admin = asAdministrator();
} catch (refused) {
  first.createUser({ user: 'administrator', pwd: secret('administrator'), roles: ['root'] });
  admin = asAdministrator();
}

// What mongorestore needs to go over the operations again that a dump saw while it was made.
const replay = { resource: { anyResource: true }, actions: ['anyAction'] };
if (!admin.getRole('replay')) admin.createRole({ role: 'replay', privileges: [replay], roles: [] });
admin.grantRolesToUser('administrator', ['replay']);

for (const name of ['intake', 'office']) {
  const desk = admin.getSiblingDB(name);
  const rights = { pwd: secret(name), roles: ['readWrite', 'dbAdmin'] };
  if (desk.getUser(name)) desk.updateUser(name, rights);
  else desk.createUser({ user: name, ...rights });
}
