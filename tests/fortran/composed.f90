! Metadata, parameters and data of keys and values. usage: composed STORE
program composed
  use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_c_binding, only: c_bool
  use, intrinsic :: iso_fortran_env, only: int8, int16, int64, real32, real64
  use check
  use metalab
  implicit none
  type(metalab_options) :: options
  type(metalab_capture) :: run
  type(metalab_values) :: values, same, metadata
  character(len=512) :: store
  character(len=256) :: message
  integer :: stat, k

  call get_command_argument(1, store)
  call expect(values%json() == '{}', 'nothing is an empty object')
  call values%set('n', 3)
  call values%set('large', 9007199254740993_int64)
  call values%set('x', 0.5_real32)
  call values%set('nan', ieee_value(1d0, ieee_quiet_nan))
  call values%set('on', .true.)
  call values%set('small', -8_int8)
  call values%set('short', [1_int16, 2_int16])
  call values%set('off', .false._c_bool)
  call values%set('text', 'a "b"\  ')
  call values%set('grid', [1, 2, 3])
  call values%set('steps', [(real(k, real64) / 2, k = 1, 4)])
  call values%begin('solver')
  call values%set('name', 'cg')
  call values%set_null('preconditioner')
  call values%begin_array('levels')
  call values%add(1)
  call values%add('two')
  call values%add([3d0, 4d0])
  call values%add(5_int8)
  call values%add([6_int16, 7_int16])
  call values%add(.false._c_bool)
  call values%end()
  call values%end()
  same = values
  call same%set('n', 4)

  call options%store(store)
  call options%experiment('composed:1')
  call options%run_id('run')
  call options%metadata_json(values%json())
  call run%open(options)
  call metadata%set('unit', 'K')
  call run%data_json('setup', values%json(), metadata%json())

  ! The receiver says what was wrong.
  call values%add(5, stat)
  call expect_status(stat, METALAB_ERR_NULL, 'a value without a key in an object')
  message = ''
  call run%data_json('wrong', values%json(), stat=stat, errmsg=message)
  call expect_status(stat, METALAB_ERR_JSON, 'values with a failure')
  call expect(index(message, 'metalab_values_set_i64') > 0, message)
  call values%clear()
  call values%begin('open')
  call run%data_json('wrong', values%json(), stat=stat, errmsg=message)
  call expect_status(stat, METALAB_ERR_JSON, 'an object that was not ended')
  call values%free()
  call expect(same%json() == '{}', 'a copy shares the values')
  call run%close()
  call finish_checks()
end program
