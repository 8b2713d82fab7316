// SQLite's file system with a disk below it that remembers: every connection of this process goes through it, also
// those that the store opens.
#pragma once

namespace faults {

class Disk;

/// What SQLite's connections are told to remember from now on; null: nothing more. Call when no connection is open.
void put_below_sqlite(Disk* disk);

}  // namespace faults
