// After a copy was put back: with another epoch the window and the index are made anew. For mongosh.
const password = require('fs').readFileSync('/run/secrets/database.administrator', 'utf8').trim();
const admin = connect(`mongodb://administrator:${password}@mongodb:27017/admin?replicaSet=guichet`);

for (const name of ['intake', 'office']) {
  const changed = admin.getSiblingDB(name).office.updateOne({ _id: 'office' }, { $set: { epoch: require('crypto').randomUUID() } });
  if (!changed.matchedCount) throw new Error(`${name} has no epoch`);
}
